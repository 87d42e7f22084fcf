// Writes test/fixtures/instance-types.json: node scripts/instance-types.mjs INSTANCE_TYPES_JSON
// The input is what EC2's DescribeInstanceTypes says of every type, as moto ships it
// (moto/ec2/resources/instance_types.json.gz of the Python package, gunzipped).
import { readFileSync, writeFileSync } from "node:fs";

const SIZES = [
  ...["t3.nano", "t3.small", "t3.medium", "t3.large", "t4g.medium", "t4g.xlarge", "m7i-flex.xlarge"],
  ...["m5.large", "m5.xlarge", "m5.2xlarge", "m5.24xlarge", "m5d.4xlarge", "m6a.xlarge", "m6a.2xlarge"],
  ...["m6g.medium", "m6g.xlarge", "m6g.2xlarge", "m6i.large", "m6i.xlarge", "m6i.2xlarge", "m6id.32xlarge"],
  ...["m7a.xlarge", "m7a.2xlarge", "m7g.xlarge", "m7g.2xlarge", "m7g.16xlarge", "m7i.large", "m7i.xlarge"],
  ...["m7i.2xlarge", "m7i.48xlarge", "m7i.metal-24xl", "m8g.xlarge", "m8g.2xlarge", "m8g.48xlarge"],
  ...["c5.large", "c6i.32xlarge", "c7g.4xlarge", "c7i.large", "c7i.4xlarge", "c7i.48xlarge"],
  ...["r5.4xlarge", "r6i.8xlarge", "r7g.2xlarge", "r7i.2xlarge", "r7i.24xlarge", "r7i.48xlarge", "r8g.metal-48xl"],
  ...["x2iedn.xlarge", "x2iedn.32xlarge", "x2gd.metal", "u-6tb1.112xlarge", "z1d.3xlarge"],
  ...["i3.xlarge", "i3en.24xlarge", "i4i.xlarge", "i4i.32xlarge", "i4g.16xlarge", "im4gn.4xlarge", "is4gen.8xlarge"],
  ...["d3en.12xlarge", "g5.xlarge"],
];

const ARCHITECTURES = { x86_64: "amd64", arm64: "arm64" };

const all = JSON.parse(readFileSync(process.argv[2], "utf8"));
const shapes = SIZES.map((type) => {
  const { ProcessorInfo, VCpuInfo, MemoryInfo, InstanceStorageInfo } = all[type];
  const architecture = ProcessorInfo.SupportedArchitectures.map((name) => ARCHITECTURES[name]).find(Boolean);
  const disks = InstanceStorageInfo?.Disks?.reduce((sum, { Count }) => sum + Count, 0) ?? 0;
  return {
    type,
    architecture,
    cores: VCpuInfo.DefaultVCpus,
    memoryBytes: MemoryInfo.SizeInMiB * 1024 ** 2,
    instanceStoreDisks: disks,
    instanceStoreBytes: (InstanceStorageInfo?.TotalSizeInGB ?? 0) * 1e9,
  };
});
const lines = shapes.map((shape) => `  ${JSON.stringify(shape)}`);
writeFileSync("test/fixtures/instance-types.json", `[\n${lines.join(",\n")}\n]\n`);
