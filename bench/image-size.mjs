// The base image, compressed as `docker save | gzip -1`: ours, with the whole AWS SDK bundle, and with nothing pruned.
// Goal: ours at most 450 MB (millions of bytes).
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli, goal, newProject, ROOT, sh } from "./lib.mjs";

const project = newProject("size", {});
const { base } = JSON.parse(cli(project, "build", "--json"));
const bytes = (image) =>
  Number(sh("bash", ["-c", 'set -o pipefail; docker save "$1" | gzip -1 | wc -c', "_", image]));
const layers = (image) => Number(sh("docker", ["image", "inspect", "--format", "{{.Size}}", image]));

function variant(name, args) {
  const context = mkdtempSync(join(tmpdir(), "psd-size-"));
  cpSync(join(ROOT, "assets/docker/base"), context, { recursive: true });
  const ca = ["PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"].map((key) => process.env[key]).find(Boolean);
  if (ca) writeFileSync(join(context, "settings/ca.crt"), readFileSync(ca));
  const tag = `bench-size:${name}`;
  const from = process.env.PYSPARK_DEPLOY_BASE_FROM ?? "debian:trixie-slim";
  const flags = { FROM_IMAGE: from, ...args };
  const buildArgs = Object.entries(flags).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
  sh(
    "docker",
    [
      "build",
      "--quiet",
      "--network",
      process.env.PYSPARK_DEPLOY_BUILD_NETWORK ?? "default",
      "--tag",
      tag,
      ...buildArgs,
      context,
    ],
    {
      env: { ...process.env, DOCKER_BUILDKIT: process.env.DOCKER_BUILDKIT ?? "0" },
    },
  );
  return tag;
}

const images = {
  ours: base,
  "with the full AWS SDK bundle": variant("bundle", { SDK: "bundle" }),
  "with the full AWS SDK bundle, nothing pruned": variant("full", { SDK: "bundle", PRUNE: "false" }),
};
console.log("\nBase image");
for (const [name, image] of Object.entries(images)) {
  images[name] = bytes(image);
  console.log(
    `  ${name}: ${(images[name] / 1e6).toFixed(0)} MB as gzip -1, ${(layers(image) / 1e6).toFixed(0)} MB unpacked`,
  );
}
goal(`ours at most 450 MB (here ${(images.ours / 1e6).toFixed(1)})`, images.ours <= 450e6);
