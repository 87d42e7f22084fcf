import { type AwsScope, clientConfig, inRegion, Service } from "./client.js";
import { isNoObject } from "./errors.js";

/** Reports that are read at once. */
const AT_ONCE = 20;

const service = (scope: AwsScope) =>
  new Service(scope, "s3", async () => {
    const sdk = await import("@aws-sdk/client-s3");
    const elsewhere = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
    return {
      sdk,
      client: new sdk.S3Client({
        ...(await clientConfig(scope)),
        ...(elsewhere !== undefined && { forcePathStyle: true }),
        // Not every S3-compatible server knows the newer checksum headers.
        requestChecksumCalculation: "WHEN_REQUIRED",
        responseChecksumValidation: "WHEN_REQUIRED",
      }),
    };
  });

/** The region of a bucket; that of the scope where the server does not tell. */
export async function bucketRegion(scope: AwsScope, bucket: string): Promise<string> {
  const { BucketRegion } = await service(scope).call("ListBucket", ({ client, sdk, options }) =>
    client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), options),
  );
  return BucketRegion ?? scope.region;
}

/** The few objects by which nodes configure themselves. S3 encrypts each as the bucket says. */
export class BootObjects {
  readonly #service: ReturnType<typeof service>;

  constructor(
    scope: AwsScope,
    private readonly bucket: string,
    region: string,
  ) {
    this.#service = service(inRegion(scope, region));
  }

  async put(key: string, content: Uint8Array): Promise<void> {
    const input = { Bucket: this.bucket, Key: key, Body: content, ContentLength: content.byteLength };
    await this.#service.call("PutObject", ({ client, sdk, options }) =>
      client.send(new sdk.PutObjectCommand(input), options),
    );
  }

  /** The keys that begin with a prefix. */
  async keys(prefix: string): Promise<string[]> {
    return this.#service.call("ListBucket", async ({ client, sdk }) => {
      const found: string[] = [];
      const pages = sdk.paginateListObjectsV2({ client }, { Bucket: this.bucket, Prefix: prefix });
      for await (const { Contents = [] } of pages) found.push(...Contents.flatMap(({ Key }) => Key ?? []));
      return found;
    });
  }

  /** The texts of objects by their keys, but for those that can't be read yet: some servers list one while it is written. */
  async texts(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (let from = 0; from < keys.length; from += AT_ONCE)
      await Promise.all(
        keys.slice(from, from + AT_ONCE).map(async (key) => {
          const text = await this.#text(key);
          if (text !== undefined) found.set(key, text);
        }),
      );
    return found;
  }

  async #text(key: string): Promise<string | undefined> {
    try {
      return await this.#service.call("GetObject", async ({ client, sdk, options }) => {
        const { Body } = await client.send(
          new sdk.GetObjectCommand({ Bucket: this.bucket, Key: key }),
          options,
        );
        return Body?.transformToString();
      });
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
  }

  /**
   * Removes all that begins with a prefix.
   * @throws UserError (exit code 4) when S3 keeps any of it.
   */
  async remove(prefix: string): Promise<void> {
    const keys = await this.keys(prefix);
    await this.#service.call("DeleteObject", async ({ client, sdk }) => {
      for (let from = 0; from < keys.length; from += 1000) {
        const Objects = keys.slice(from, from + 1000).map((Key) => ({ Key }));
        const { Errors = [] } = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket: this.bucket, Delete: { Objects, Quiet: true } }),
        );
        const [first] = Errors;
        if (first) throw Object.assign(new Error(`${first.Key}: ${first.Message}`), { name: first.Code });
      }
    });
  }
}
