import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { BootObjects } from "../../../../src/adapters/aws/boot-objects.js";

afterEach(() => vi.unstubAllEnvs());

/** An S3 server that has these objects and answers others with 404, or with 403 where the key says so. */
async function s3With(objects: Readonly<Record<string, string>>): Promise<BootObjects> {
  const server = createServer(({ url = "", method }, response) => {
    const { pathname, searchParams } = new URL(url, "http://s3");
    const key = pathname.replace("/team/", "");
    if (searchParams.has("list-type")) {
      const names = Object.keys(objects).map((name) => `<Contents><Key>${name}</Key></Contents>`);
      return void response.end(`<ListBucketResult>${names.join("")}</ListBucketResult>`);
    }
    if (method === "POST")
      return void response.end(
        "<DeleteResult><Error><Key>kept</Key><Code>AccessDenied</Code><Message>told</Message></Error></DeleteResult>",
      );
    const text = objects[key];
    if (text !== undefined) return void response.end(text);
    const [status, code] = key === "secret" ? [403, "AccessDenied"] : [404, "NoSuchKey"];
    response
      .writeHead(status as number, { "content-type": "application/xml" })
      .end(`<Error><Code>${code}</Code><Message>told</Message></Error>`);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKID");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s3cr3t");
  return new BootObjects({ region: "us-east-1" }, "team", "us-east-1");
}

describe("the texts of objects", () => {
  it("leave out what was listed and can't be read yet", async () => {
    const keys = Array.from({ length: 25 }, (_, number) => `report-${number}`);
    const store = await s3With(Object.fromEntries(keys.map((key) => [key, `of ${key}`])));
    const texts = await store.texts([...keys, "being-written"]);
    expect([...texts].sort()).toEqual(keys.map((key) => [key, `of ${key}`]).sort());
  });

  it("are refused as AWS refuses them", async () => {
    const store = await s3With({});
    await expect(store.texts(["secret"])).rejects.toMatchObject({ exitCode: 4 });
  });
});

it("objects that S3 keeps are an error, although S3 answers that all is well", async () => {
  const store = await s3With({ kept: "" });
  await expect(store.remove("")).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining("s3:DeleteObject"),
  });
});
