import { gunzipSync } from "node:zlib";

/** What a light host does at its boot, as cloud-init would read it from user data. */
export interface LightSeed {
  /** Scripts that run before sshd starts, in their order. */
  readonly hooks: readonly string[];
  /** sshd's first ed25519 host key in OpenSSH's formats. */
  readonly hostKey: { readonly private: string; readonly public: string } | undefined;
}

const GZIP = 0x1f;
const BOUNDARY = /^Content-Type: multipart\/mixed; boundary="([^"]+)"/i;
const TYPE = /^Content-Type: text\/([a-z-]+)/i;

interface CloudConfig {
  readonly ssh_keys?: { readonly ed25519_private?: string; readonly ed25519_public?: string };
}

function parts(text: string): { readonly type: string; readonly content: string }[] {
  const boundary = BOUNDARY.exec(text)?.[1];
  if (boundary === undefined) return text.startsWith("#!") ? [{ type: "x-shellscript", content: text }] : [];
  return text
    .split(`--${boundary}\n`)
    .slice(1)
    .map((part) => {
      const [head = "", ...rest] = part.split("\n\n");
      const content = rest.join("\n\n").split(`--${boundary}--`)[0] ?? "";
      return { type: TYPE.exec(head)?.[1] ?? "", content };
    });
}

/** Reads user data (Base64): MIME as plan/aws/user-data.ts renders it, whose cloud-config is JSON, or one script. */
export function lightSeed(userData: string): LightSeed {
  const bytes = Buffer.from(userData, "base64");
  const found = parts((bytes[0] === GZIP ? gunzipSync(bytes) : bytes).toString("utf8"));
  const config = found.find(({ type }) => type === "cloud-config")?.content.replace("#cloud-config\n", "");
  const keys = (JSON.parse(config ?? "{}") as CloudConfig).ssh_keys;
  const { ed25519_private: secret, ed25519_public: shared } = keys ?? {};
  return {
    hooks: found
      .filter(({ type }) => type === "cloud-boothook" || type === "x-shellscript")
      .map(({ content }) => content),
    hostKey: secret === undefined || shared === undefined ? undefined : { private: secret, public: shared },
  };
}
