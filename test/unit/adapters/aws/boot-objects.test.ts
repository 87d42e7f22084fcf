import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { BootObjects } from "../../../../src/adapters/aws/boot-objects.js";

afterEach(() => vi.unstubAllEnvs());

/** An S3 server that has these objects and answers others with 404, or with 403 where the key says so. */
async function s3With(objects: Readonly<Record<string, string>>): Promise<BootObjects> {
  const server = createServer(({ url = "" }, response) => {
    const key = new URL(url, "http://s3").pathname.replace("/team/", "");
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
