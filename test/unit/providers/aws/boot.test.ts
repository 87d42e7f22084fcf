import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { S3SharedObjects } from "../../../../src/adapters/aws/shared-objects.js";
import { BootPlace } from "../../../../src/providers/aws/boot.js";

afterEach(() => vi.unstubAllEnvs());

const FOLDER = "psd/boot/c1/";

/** A place on a server that lists these reports; one without a text is answered by 404, and by 403 where its name says so. */
async function placeWith(reports: Readonly<Record<string, string | undefined>>): Promise<BootPlace> {
  const server = createServer(({ url = "", method }, response) => {
    const { pathname, searchParams } = new URL(url, "http://s3");
    const name = pathname.replace(`/team/${FOLDER}reports/`, "");
    if (searchParams.has("list-type")) {
      const listed = Object.keys(reports).map(
        (one) => `<Contents><Key>${FOLDER}reports/${one}</Key></Contents>`,
      );
      return void response.end(`<ListBucketResult>${listed.join("")}</ListBucketResult>`);
    }
    if (method === "DELETE")
      return void response
        .writeHead(403)
        .end("<Error><Code>AccessDenied</Code><Message>told</Message></Error>");
    const text = reports[name];
    if (text !== undefined) return void response.end(text);
    const [status, code] = name === "secret" ? [403, "AccessDenied"] : [404, "NoSuchKey"];
    response
      .writeHead(status as number, { "content-type": "application/xml" })
      .end(`<Error><Code>${code}</Code><Message>told</Message></Error>`);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKID");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s3cr3t");
  const address = { bucket: "team", prefix: "psd" };
  return new BootPlace(new S3SharedObjects({ region: "us-east-1" }, address, process.env), "c1");
}

describe("the reports that nodes left", () => {
  it("are all but those seen and those that were listed and can't be read yet", async () => {
    const names = Array.from({ length: 25 }, (_, number) => `node-${number}`);
    const place = await placeWith({
      ...Object.fromEntries(names.map((name) => [name, `of ${name}`])),
      "being-written": undefined,
    });
    const found = await place.newReports(new Set(["boot/c1/reports/node-0"]));
    expect([...found].sort()).toEqual(
      names
        .slice(1)
        .map((name) => [`boot/c1/reports/${name}`, `of ${name}`])
        .sort(),
    );
  });

  it("are refused as AWS refuses them", async () => {
    const place = await placeWith({ secret: undefined });
    await expect(place.newReports(new Set())).rejects.toMatchObject({ exitCode: 4 });
  });
});

it("objects that S3 keeps are an error", async () => {
  const place = await placeWith({ kept: "" });
  await expect(place.remove()).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining("s3:DeleteObject"),
  });
});

it("a cluster's objects have a folder of their own below the team's state", async () => {
  const place = await placeWith({});
  expect(place.url).toBe("s3://team/psd/boot/c1/");
  expect(place.location).toBe("team/psd/boot/c1");
  expect(place.reports).toBe("psd/boot/c1/reports/");
});
