import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readUserDataFiles } from "../../../../src/adapters/user-data-files.js";
import { assetPath } from "../../../../src/assets.js";
import {
  renderUserData,
  USER_DATA_LIMIT_BYTES,
  type UserDataRequest,
} from "../../../../src/plan/aws/user-data.js";

const files = await readUserDataFiles(assetPath("templates/user-data"));
const request: UserDataRequest = {
  deadline: "2027-01-31T20:15:00.000Z",
  hostKey: {
    private: "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n",
    public: "ssh-ed25519 AAAAC3Nz",
  },
  image: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/flights@sha256:0123",
  registry: { kind: "ecr" },
  region: "eu-central-1",
};

interface Part {
  readonly type: string;
  readonly text: string;
}

/** As cloud-init reads it: by Python's own MIME parser. */
function parts(userData: Uint8Array): Part[] {
  const program = `import email, json, sys
message = email.message_from_bytes(sys.stdin.buffer.read())
print(json.dumps([{"type": p.get_content_type(), "text": p.get_payload(decode=True).decode()} for p in message.get_payload()]))`;
  return JSON.parse(execFileSync("python3", ["-c", program], { input: gunzipSync(userData) }).toString());
}

/** Text that gzip can't make smaller, as keys and certificates are. */
function incompressible(bytes: number): string {
  let text = "";
  while (text.length < bytes) text += createHash("sha512").update(text).digest("base64");
  return text.slice(0, bytes);
}

describe("user data", () => {
  it("has the dead man's switch before all else, then disks and pull, then the host key", () => {
    const found = parts(renderUserData(request, files));
    expect(found.map(({ type }) => type)).toEqual([
      "text/cloud-boothook",
      "text/cloud-boothook",
      "text/cloud-config",
    ]);
    expect(found[0]?.text).toMatch(/^#!\/bin\/bash\n/);
    expect(found[0]?.text).toContain("deadline=2027-01-31T20:15:00.000Z\n");
    expect(found[1]?.text).toContain("pyspark-deploy-pull.service");
    expect(JSON.parse(found[2]?.text.replace("#cloud-config\n", "") ?? "").ssh_keys).toEqual({
      ed25519_private: request.hostKey.private,
      ed25519_public: request.hostKey.public,
    });
  });

  it("lets a node configure itself only where that is planned", () => {
    const bundle = { bucket: "b", key: "p/boot/1/role.json.gz", region: "eu-central-1", seconds: 600 };
    const [, hook] = parts(renderUserData({ ...request, bundle }, files));
    expect(hook?.text).toContain("pyspark-deploy-configure: runs the Ansible role");
    expect(hook?.text).toContain(`"bundle":${JSON.stringify(bundle)}`);
    const [, without] = parts(renderUserData(request, files));
    expect(without?.text).not.toContain("pyspark-deploy-configure: runs");
  });

  it("lets teammates in by their public keys", () => {
    const [, , config] = parts(renderUserData({ ...request, sshKeys: ["ssh-ed25519 AAAB ann"] }, files));
    const { ssh_authorized_keys } = JSON.parse(config?.text.replace("#cloud-config\n", "") ?? "");
    expect(ssh_authorized_keys).toEqual(["ssh-ed25519 AAAB ann"]);
  });

  it("is shell that bash understands", () => {
    const hooks = parts(renderUserData(request, files)).filter(({ type }) => type === "text/cloud-boothook");
    for (const { text } of hooks) execFileSync("bash", ["-n"], { input: text });
    expect(hooks).toHaveLength(2);
  });

  it("stays below EC2's limit with every option and long values", () => {
    const long: UserDataRequest = {
      ...request,
      hostKey: { private: incompressible(420), public: `ssh-ed25519 ${incompressible(68)}` },
      image: `${"r".repeat(100)}.example:5000/${incompressible(250)}@sha256:${incompressible(64)}`,
      endpointUrl: `https://${incompressible(200)}:443`,
      proxy: {
        HTTP_PROXY: incompressible(200),
        HTTPS_PROXY: incompressible(200),
        NO_PROXY: incompressible(400),
      },
      certificateAuthorities: incompressible(4 * 2000),
      bundle: { bucket: incompressible(63), key: incompressible(200), region: "eu-central-1", seconds: 600 },
    };
    expect(renderUserData(long, files).length).toBeLessThan(USER_DATA_LIMIT_BYTES);
  });

  it("writes an environment that systemd and Python read alike", () => {
    const proxy = { HTTPS_PROXY: 'http://p"w$`\\:3128', NO_PROXY: "169.254.169.254,10.0.0.0/8" };
    const hook = parts(renderUserData({ ...request, proxy, endpointUrl: "http://10.1.2.3:5000" }, files))[1];
    const [, environment = ""] = hook?.text.match(/environment <<'\w+'\n([\s\S]*?)\nPYSPARK/) ?? [];
    const words = execFileSync("python3", [
      "-c",
      "import json, shlex, sys; print(json.dumps(shlex.split(sys.argv[1])))",
      environment,
    ]);
    expect(JSON.parse(words.toString())).toEqual([
      "AWS_REGION=eu-central-1",
      "AWS_ENDPOINT_URL=http://10.1.2.3:5000",
      `HTTPS_PROXY=${proxy.HTTPS_PROXY}`,
      "NO_PROXY=169.254.169.254,10.0.0.0/8",
    ]);
  });

  it.each([
    ["a time that shell would run", { deadline: "$(reboot)" }],
    ["a certificate that ends its file", { certificateAuthorities: "PYSPARK_DEPLOY_END_OF_FILE\nreboot" }],
  ])("refuses %s", (_, changes) => {
    expect(() => renderUserData({ ...request, ...changes }, files)).toThrow();
  });

  it("is the same bytes for the same cluster", () => {
    expect(renderUserData(request, files)).toEqual(renderUserData(request, files));
  });
});
