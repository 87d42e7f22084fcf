import { describe, expect, it } from "vitest";
import { planAwsCluster } from "../../../../src/plan/aws/aws-plan.js";
import { awsNodes } from "../../../../src/plan/aws/hosts.js";
import type { SubnetFacts } from "../../../../src/plan/aws/network.js";
import { awsPlanRequest, existingNetwork } from "../../../support/aws-plan.js";

const PROXY = { http: "http://proxy.example.com:3128", https: "http://proxy.example.com:3129" };
const AUTHORITIES = { own: "own\n", bundle: "own and public\n", trustStore: "/u3+7Q==" };
const SUBNET = "subnet-0000000a";
const EXISTING = { vpc: "vpc-00000000", subnets: [SUBNET], private: true };

function planned(aws: object, subnet?: Partial<SubnetFacts>, authorities?: typeof AUTHORITIES) {
  const network = subnet && existingNetwork({ [SUBNET]: "eu-west-1a" }, subnet);
  const request = awsPlanRequest({ config: { aws }, cloud: { ...(network && { network }) } });
  return planAwsCluster({ ...request, authorities });
}

const hosts = (plan: ReturnType<typeof planned>) =>
  awsNodes(plan, { master: "10.9.0.5", workers: [{ name: "worker-1", privateIp: "10.9.0.6" }] });
const S3 = ["s3.eu-west-1.amazonaws.com", ".s3.eu-west-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com"];
const ALWAYS = ["169.254.169.254", "localhost", "127.0.0.1", "::1"];

describe("nodes behind a proxy", () => {
  it.each<[string, object, Partial<SubnetFacts> | undefined, readonly string[]]>([
    ["a VPC of the cluster's own", { proxy: PROXY }, undefined, ["10.77.0.0/16", ...S3]],
    [
      "an existing VPC with an endpoint for S3",
      { ...EXISTING, proxy: { ...PROXY, no: [".example.com"] } },
      { s3Endpoint: true },
      ["10.9.0.0/16", ...S3, ".example.com"],
    ],
    ["an existing VPC without one", { ...EXISTING, proxy: PROXY }, { s3Endpoint: false }, ["10.9.0.0/16"]],
    [
      "China",
      { region: "cn-north-1", ...EXISTING, proxy: PROXY },
      { s3Endpoint: true },
      [
        "10.9.0.0/16",
        ...S3.map((name) => name.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")),
      ],
    ],
  ])("never ask it for the metadata service, themselves and the VPC: %s", (_, aws, subnet, direct) => {
    const { network } = planned(aws, subnet);
    expect(network.proxy).toEqual({
      HTTP_PROXY: PROXY.http,
      HTTPS_PROXY: PROXY.https,
      NO_PROXY: [...ALWAYS, ...direct].join(","),
    });
  });

  it("have it in every container, in both spellings, and reach each other's names without it", () => {
    const { environment } = planned({ proxy: { https: PROXY.https } });
    expect(environment).toMatchObject({ HTTPS_PROXY: PROXY.https, https_proxy: PROXY.https });
    expect(environment).not.toHaveProperty("HTTP_PROXY");
    expect(environment.no_proxy?.split(",")).toEqual(
      expect.arrayContaining(["10.77.0.0/16", "master", "driver"]),
    );
    const containers = hosts(planned({ proxy: PROXY })).hosts.flatMap(
      ({ variables }) => variables.pyspark_deploy_containers,
    );
    expect(containers).toHaveLength(3);
    for (const { environment: own } of containers) expect(own).toMatchObject({ HTTPS_PROXY: PROXY.https });
  });

  it("have nothing of it where only exceptions are named", () => {
    expect(planned({ proxy: { no: [".example.com"] } })).toMatchObject({
      environment: {},
      network: { proxy: {} },
    });
  });
});

describe("nodes that trust an authority of the user's own", () => {
  const plan = planned({}, undefined, AUTHORITIES);

  it("hand it to Python and to every JVM of Spark's, beside the public ones", () => {
    expect(plan.network.authorities).toBe("own\n");
    expect(plan.environment).toEqual({
      AWS_CA_BUNDLE: "/opt/spark/conf/trust/ca-bundle.pem",
      CURL_CA_BUNDLE: "/opt/spark/conf/trust/ca-bundle.pem",
      REQUESTS_CA_BUNDLE: "/opt/spark/conf/trust/ca-bundle.pem",
      SSL_CERT_FILE: "/opt/spark/conf/trust/ca-bundle.pem",
    });
    const defaults = plan.confFiles.find(({ path }) => path === "spark-defaults.conf")?.content ?? "";
    for (const role of ["driver", "executor"])
      expect(defaults).toMatch(
        new RegExp(
          `^spark\\.${role}\\.defaultJavaOptions .*-Djavax\\.net\\.ssl\\.trustStore=/opt/spark/conf/trust/cacerts\\.jks`,
          "m",
        ),
      );
  });

  it("get the files as they are, the key store's bytes too", () => {
    const files = hosts(plan).variables.pyspark_deploy_conf_files;
    const content = (path: string) =>
      Buffer.from(files.find((file) => file.path === path)?.content_base64 ?? "", "base64");
    expect(content("trust/ca-bundle.pem").toString()).toBe("own and public\n");
    expect(content("trust/cacerts.jks")).toEqual(Buffer.from([0xfe, 0xed, 0xfe, 0xed]));
  });

  it("have no such files and options where none is named", () => {
    const { confFiles, environment } = planned({});
    expect(confFiles.map(({ path }) => path)).not.toContainEqual(expect.stringMatching(/^trust/));
    expect(confFiles[0]?.content).not.toContain("trustStore");
    expect(environment).toEqual({});
  });
});
