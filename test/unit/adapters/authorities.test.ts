import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readAuthorities, trustStore } from "../../../src/adapters/authorities.js";

const folder = mkdtempSync(join(tmpdir(), "psd-ca-"));

function certificate(name: string): string {
  const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...["-subj", `/CN=${name}`, "-keyout", key, "-out", file],
    ],
    { stdio: "ignore" },
  );
  return readFileSync(file, "utf8");
}

const ONE = certificate("one");
const TWO = certificate("two");
const written = (content: string) => {
  writeFileSync(join(folder, "bundle.pem"), content);
  return readAuthorities(folder, "bundle.pem");
};

/** A JKS as Java reads it: the certificates, and whether the digest that ends it is right. */
function readStore(store: Buffer) {
  const count = store.readUInt32BE(8);
  const found: Buffer[] = [];
  let at = 12;
  const skipText = () => {
    at += 2 + store.readUInt16BE(at);
  };
  for (let index = 0; index < count; index++) {
    expect(store.readUInt32BE(at)).toBe(2);
    at += 4;
    skipText();
    at += 8;
    skipText();
    const length = store.readUInt32BE(at);
    found.push(store.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const password = Buffer.from("changeit", "utf16le").swap16();
  const digest = createHash("sha1").update(password).update("Mighty Aphrodite").update(store.subarray(0, at));
  return {
    magic: store.readUInt32BE(0),
    version: store.readUInt32BE(4),
    found,
    whole: digest.digest().equals(store.subarray(at)),
  };
}

describe("authorities of the user's own", () => {
  it("are those of the file, whatever else stands in it", async () => {
    const found = await written(`# Company\r\n${ONE.replace(/\n/g, "\r\n")}some text\n${TWO}`);
    expect(found?.own).toBe(ONE + TWO);
  });

  it("come with the public ones, for Python and for Java", async () => {
    const found = await written(ONE);
    const bundle = found?.bundle.match(/BEGIN CERTIFICATE/g) ?? [];
    expect(bundle.length).toBeGreaterThan(100);
    const store = readStore(Buffer.from(found?.trustStore ?? "", "base64"));
    expect(store).toMatchObject({ magic: 0xfeedfeed, version: 2, whole: true });
    expect(store.found).toHaveLength(bundle.length);
    expect(new X509Certificate(store.found[0] ?? "").subject).toBe("CN=one");
  });

  it("are none where the config names none", async () => {
    expect(await readAuthorities(folder, undefined)).toBeUndefined();
  });

  it("make the same bytes each time", () => {
    const certificates = [ONE, TWO].map((pem) => new X509Certificate(pem));
    expect(trustStore(certificates)).toEqual(trustStore(certificates));
  });

  it.each([
    ["no certificate", "hello\n", /has no certificate/],
    [
      "a private key among them",
      `${ONE}-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n`,
      /holds a private key/,
    ],
    ["a damaged certificate", ONE.replace(/\n[A-Za-z0-9+/]{20}/, "\nAAAA"), /can't be read/],
    ["the whole public bundle", ONE.repeat(30), /30 certificates, \d+ bytes/],
  ])("are refused with %s", async (_, content, told) => {
    await expect(written(content)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(told),
    });
  });

  it("are refused when the file is missing, with its whole path", async () => {
    await expect(readAuthorities(folder, "absent.pem")).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(join(folder, "absent.pem")),
    });
  });
});
