import { gzipSync } from "node:zlib";

/** Where a node finds the role and its variables. */
export interface BundleSettings {
  readonly bucket: string;
  readonly key: string;
  /** The bucket's. */
  readonly region: string;
  readonly seconds: number;
}

/** What a host does at its first boot. */
export interface UserDataRequest {
  /** When the host powers itself off: ISO 8601. */
  readonly deadline: string;
  /** The ed25519 host key of the first connection, OpenSSH's formats; the role replaces it. */
  readonly hostKey: { readonly private: string; readonly public: string };
  /** Public keys that may log in, beside the cluster's own. */
  readonly sshKeys?: readonly string[];
  /** By digest. */
  readonly image: string;
  /** `ecr`: the password comes from ECR by the instance profile; `none`: the registry wants no password. */
  readonly registry: { readonly kind: "ecr" } | { readonly kind: "none" };
  readonly region: string;
  /** Present: the node configures itself with the object that it finds there within so many seconds. */
  readonly bundle?: BundleSettings | undefined;
  /** Of AWS's API as hosts reach it, where it is not Amazon's own. */
  readonly endpointUrl?: string | undefined;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as far as they are set. */
  readonly proxy?: Readonly<Record<string, string>> | undefined;
  /** Certificates that hosts trust beside the public ones: PEM. */
  readonly certificateAuthorities?: string | undefined;
}

/** Where each file of assets/templates/user-data goes on a host. */
const INSTALLED = {
  "pyspark-deploy-deadline": ["/usr/local/sbin", 0o755],
  "pyspark-deploy-extend": ["/usr/local/sbin", 0o755],
  "pyspark-deploy-deadline.service": ["/etc/systemd/system", 0o644],
  "pyspark-deploy-deadline.timer": ["/etc/systemd/system", 0o644],
  "pyspark-deploy-boot": ["/usr/local/sbin", 0o755],
  "docker-credential-pyspark-deploy-ecr": ["/usr/local/bin", 0o755],
  "pyspark-deploy-disks.service": ["/etc/systemd/system", 0o644],
  "pyspark-deploy-pull.service": ["/etc/systemd/system", 0o644],
  "docker-environment.conf": ["/etc/systemd/system/docker.service.d", 0o644],
  "pyspark-deploy-configure": ["/usr/local/sbin", 0o755],
  "pyspark-deploy-configure.service": ["/etc/systemd/system", 0o644],
} as const;

type Installed = keyof typeof INSTALLED;

const DEADLINE_FILES: readonly Installed[] = [
  "pyspark-deploy-deadline",
  "pyspark-deploy-extend",
  "pyspark-deploy-deadline.service",
  "pyspark-deploy-deadline.timer",
];
const BOOT_FILES: readonly Installed[] = [
  "pyspark-deploy-boot",
  "docker-credential-pyspark-deploy-ecr",
  "pyspark-deploy-disks.service",
  "pyspark-deploy-pull.service",
  "docker-environment.conf",
];
const CONFIGURE_FILES: readonly Installed[] = [
  "pyspark-deploy-configure",
  "pyspark-deploy-configure.service",
];

/** The files of assets/templates/user-data that `renderUserData` is given. */
export const USER_DATA_FILES = [
  ...DEADLINE_FILES,
  ...BOOT_FILES,
  ...CONFIGURE_FILES,
  "start-deadline",
  "start-boot",
] as const;
export type UserDataFiles = Readonly<Record<(typeof USER_DATA_FILES)[number], string>>;

/** Of the rendered bytes: EC2's limit on user data before base64. */
export const USER_DATA_LIMIT_BYTES = 16_384;

const END_OF_FILE = "PYSPARK_DEPLOY_END_OF_FILE";
const BOUNDARY = "==PYSPARK_DEPLOY_PART==";

/** Shell that writes a file, whatever is in it. */
function install(path: string, content: string, mode: number): string {
  if (content.includes(END_OF_FILE)) throw new Error(`${path} contains the mark that ends files`);
  const text = content.endsWith("\n") ? content : `${content}\n`;
  return `install -D -m 0${mode.toString(8)} /dev/stdin ${path} <<'${END_OF_FILE}'\n${text}${END_OF_FILE}\n`;
}

const installAll = (names: readonly Installed[], files: UserDataFiles) =>
  names.map((name) => install(`${INSTALLED[name][0]}/${name}`, files[name], INSTALLED[name][1])).join("");

const SHELL = "#!/bin/bash\nset -euo pipefail\n";

/** The dead man's switch, before anything that can fail. */
function deadlinePart({ deadline }: UserDataRequest, files: UserDataFiles): string {
  if (!/^[0-9T:.Z-]+$/.test(deadline)) throw new Error(`"${deadline}" is no time`);
  const started = `mkdir -p /etc/pyspark-deploy\ndeadline=${deadline}\n${files["start-deadline"]}`;
  return `${SHELL}${installAll(DEADLINE_FILES, files)}${started}`;
}

function environmentFile(request: UserDataRequest): string {
  const { region, endpointUrl, proxy } = request;
  const values = {
    AWS_REGION: region,
    ...(endpointUrl !== undefined && { AWS_ENDPOINT_URL: endpointUrl }),
    ...proxy,
  };
  // systemd and Python's shlex read the same from a double-quoted value.
  return Object.entries(values)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
    .join("");
}

function bootPart(request: UserDataRequest, files: UserDataFiles): string {
  const { image, registry, bundle, hostKey, certificateAuthorities } = request;
  const settings = JSON.stringify({ image, registry: registry.kind, ...(bundle && { bundle }) });
  return [
    SHELL,
    installAll([...BOOT_FILES, ...(bundle ? CONFIGURE_FILES : [])], files),
    install("/etc/pyspark-deploy/node.json", settings, 0o644),
    install("/etc/pyspark-deploy/environment", environmentFile(request), 0o644),
    // What the role compares with, to know whether this host still has the key that all began with.
    install("/etc/pyspark-deploy/bootstrap-host-key.pub", hostKey.public, 0o644),
    certificateAuthorities === undefined
      ? ""
      : install("/etc/pyspark-deploy/ca.pem", certificateAuthorities, 0o644),
    files["start-boot"],
  ].join("");
}

/** Keys come by cloud-config, since scripts run after sshd has started. */
function cloudConfig({ hostKey, sshKeys = [] }: UserDataRequest): string {
  const config = {
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: hostKey.private, ed25519_public: hostKey.public },
    ...(sshKeys.length > 0 && { ssh_authorized_keys: sshKeys }),
  };
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}

/**
 * Gzipped MIME as cloud-init takes it: first the dead man's switch, then disks, registry and image pull as systemd units,
 * then the host key of the first connection.
 */
export function renderUserData(request: UserDataRequest, files: UserDataFiles): Uint8Array {
  const parts = [
    ["cloud-boothook", deadlinePart(request, files)],
    ["cloud-boothook", bootPart(request, files)],
    ["cloud-config", cloudConfig(request)],
  ] as const;
  const body = parts
    .map(
      ([type, text]) =>
        `--${BOUNDARY}\nContent-Type: text/${type}; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n\n${text}\n`,
    )
    .join("");
  const head = `Content-Type: multipart/mixed; boundary="${BOUNDARY}"\nMIME-Version: 1.0\n\n`;
  return gzipSync(`${head}${body}--${BOUNDARY}--\n`, { level: 9 });
}
