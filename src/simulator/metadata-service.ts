import type { HostMetadata } from "./metadata.js";

export interface MetadataRequest {
  readonly method: string;
  /** "/latest/meta-data/instance-id" */
  readonly path: string;
  /** Headers: how long a token shall live, and the token. */
  readonly ttl?: string | undefined;
  readonly token?: string | undefined;
}

export interface MetadataAnswer {
  readonly status: number;
  readonly text: string | Uint8Array;
}

const LONGEST_TTL_SECONDS = 21_600;
const CREDENTIALS_MS = 6 * 3600 * 1000;
const TOKEN = "light-host";

function credentialPaths({ credentials }: HostMetadata): Record<string, string> {
  if (!credentials) return {};
  const now = Date.now();
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  const document = {
    Code: "Success",
    LastUpdated: time(now),
    Type: "AWS-HMAC",
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: "simulated",
    Expiration: time(now + CREDENTIALS_MS),
  };
  return { [`meta-data/iam/security-credentials/${credentials.role}`]: JSON.stringify(document) };
}

/** The text at a path; of a folder its entries, one a line. */
function find(paths: Readonly<Record<string, string>>, wanted: string): string | undefined {
  const exact = paths[wanted];
  if (exact !== undefined) return exact;
  const prefix = `${wanted}/`;
  const below = Object.keys(paths)
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length).replace(/\/.*/, "/"));
  return below.length === 0 ? undefined : [...new Set(below)].sort().join("\n");
}

/** The metadata service of light hosts, as bin/imds is that of full ones; its one token never ends. */
export function answerMetadata(data: HostMetadata, request: MetadataRequest): MetadataAnswer {
  const { method, path, ttl, token } = request;
  const refused = (status: number) => ({ status, text: "" });
  if (method === "PUT") {
    if (path !== "/latest/api/token") return refused(404);
    const seconds = Number(ttl);
    return seconds >= 1 && seconds <= LONGEST_TTL_SECONDS ? { status: 200, text: TOKEN } : refused(400);
  }
  if (data.endpoint === "disabled") return refused(403);
  if (token === undefined ? data.tokens === "required" : token !== TOKEN) return refused(401);
  const wanted = path.replace(/^\/latest\//, "").replace(/\/+$/, "");
  if (wanted === "user-data" && data.userData !== "")
    return { status: 200, text: Buffer.from(data.userData, "base64") };
  const found = find({ ...data.paths, ...credentialPaths(data) }, wanted);
  return found === undefined ? refused(404) : { status: 200, text: found };
}
