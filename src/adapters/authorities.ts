import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { ExitCode, UserError } from "../errors.js";
import { type Authorities, TRUST_STORE_PASSWORD } from "../plan/aws/surroundings.js";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Of user data, which has 16 KiB for everything: gzipped, half of it is ours (measured). About five certificates. */
const MOST_BYTES = 8_000;

// The format is written down in OpenJDK's sun.security.provider.JavaKeyStore.
const JKS_MAGIC = 0xfeedfeed;
const JKS_VERSION = 2;
const TRUSTED_CERTIFICATE = 2;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** As Java's DataOutput.writeUTF, for ASCII. */
const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([value.length >> 8, value.length & 0xff]), Buffer.from(value, "ascii")]);

/** A Java key store (JKS) that trusts these certificates; the same bytes for the same ones. */
export function trustStore(certificates: readonly X509Certificate[]): Buffer {
  const entries = certificates.map(({ raw }, index) =>
    Buffer.concat([
      uint32(TRUSTED_CERTIFICATE),
      text(`ca-${index}`),
      // When it was added: never.
      Buffer.alloc(8),
      text("X.509"),
      uint32(raw.length),
      raw,
    ]),
  );
  const body = Buffer.concat([uint32(JKS_MAGIC), uint32(JKS_VERSION), uint32(entries.length), ...entries]);
  const password = Buffer.from(TRUST_STORE_PASSWORD, "utf16le").swap16();
  const digest = createHash("sha1").update(password).update("Mighty Aphrodite").update(body).digest();
  return Buffer.concat([body, digest]);
}

function refused(file: string, why: string, hint: string): UserError {
  return new UserError({ exitCode: ExitCode.usage, message: `aws.caBundle: ${file} ${why}.`, hint });
}

const EXPORT = "Ask for your company's authorities as PEM: lines from BEGIN CERTIFICATE to END CERTIFICATE.";

function parse(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw refused(file, `has a certificate that can't be read: ${(cause as Error).message}`, EXPORT);
  }
}

/**
 * The authorities of a config's `aws.caBundle`; undefined where it names none.
 * @throws UserError (exit code 2) when the file is missing or is no list of certificates.
 */
export async function readAuthorities(
  directory: string,
  caBundle: string | undefined,
): Promise<Authorities | undefined> {
  if (caBundle === undefined) return undefined;
  const file = resolve(directory, caBundle);
  const content = await readFile(file, "utf8").catch((cause: Error) => {
    throw refused(
      file,
      `can't be read: ${cause.message}`,
      "Correct the path: it starts at pyspark-deploy.yaml.",
    );
  });
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(content))
    throw refused(file, "holds a private key", "Take it out: nodes need certificates alone.");
  const own = (content.match(CERTIFICATE) ?? []).map((pem) => pem.replace(/\r\n/g, "\n"));
  if (own.length === 0) throw refused(file, "has no certificate", EXPORT);
  const joined = `${own.join("\n")}\n`;
  if (joined.length > MOST_BYTES)
    throw refused(
      file,
      `has ${own.length} certificates, ${joined.length} bytes of them, and ${MOST_BYTES} fit into what EC2 hands a node`,
      "Name your own authorities alone: nodes have the public ones.",
    );
  const bundle = [...own, ...rootCertificates];
  return {
    own: joined,
    bundle: `${bundle.join("\n")}\n`,
    trustStore: trustStore(bundle.map((pem) => parse(pem, file))).toString("base64"),
  };
}
