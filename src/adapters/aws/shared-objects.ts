import type { SharedObject, SharedObjects, WriteCondition } from "../../state/shared-objects.js";
import { chunks } from "./chunks.js";
import { type AwsScope, clientConfig, inRegion, Service } from "./client.js";
import { awsCode, isNoObject } from "./errors.js";

/** 412, and what S3 answers when two conditional writes meet. */
const CONDITION_FAILED = /^(PreconditionFailed|ConditionalRequestConflict|412|409)$/;

export interface SharedPlace {
  readonly bucket: string;
  /** Without slashes around it; empty for the whole bucket. */
  readonly prefix: string;
}

/** Requests that are under way at once. */
const AT_ONCE = 20;

const s3Service = (scope: AwsScope, pathStyle: boolean) =>
  new Service(scope, "s3", async () => {
    const sdk = await import("@aws-sdk/client-s3");
    const client = new sdk.S3Client({
      ...(await clientConfig(scope)),
      // The bucket may be in another region than the clusters.
      followRegionRedirects: true,
      forcePathStyle: pathStyle,
      // Not every S3-compatible server knows the newer checksum headers.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    return { sdk, client };
  });

/**
 * A team's state on S3. No signal ends its requests: also after Ctrl-C locks are released. Objects are encrypted at rest as
 * the bucket's default says (SSE-S3 at least), which a header of ours would only override.
 */
export class S3SharedObjects implements SharedObjects {
  readonly #s3: ReturnType<typeof s3Service>;
  #region: string | undefined;

  constructor(
    private readonly scope: AwsScope,
    private readonly place: SharedPlace,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {
    // Servers other than Amazon's know no bucket by its host name.
    this.#s3 = s3Service(scope, (env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL) !== undefined);
  }

  url(key: string): string {
    return `s3://${this.place.bucket}/${this.keyOf(key)}`;
  }

  get bucket(): string {
    return this.place.bucket;
  }

  /** A key as the bucket knows it. */
  keyOf(key: string): string {
    const { prefix } = this.place;
    return prefix === "" ? key : `${prefix}/${key}`;
  }

  #place(key: string) {
    return { Bucket: this.bucket, Key: this.keyOf(key) };
  }

  async read(key: string): Promise<SharedObject | undefined> {
    try {
      return await this.#s3.call("GetObject", async ({ client, sdk, options }) => {
        const command = new sdk.GetObjectCommand(this.#place(key));
        let served = 0;
        command.middlewareStack.add(
          (next) => async (args) => {
            const answer = await next(args);
            const { headers = {} } = answer.response as { readonly headers?: Record<string, string> };
            served = Date.parse(headers.date ?? "");
            return answer;
          },
          { step: "deserialize", priority: "high" },
        );
        const { Body, ETag = "", LastModified } = await client.send(command, options);
        const text = (await Body?.transformToString()) ?? "";
        const age = (served - (LastModified?.getTime() ?? Number.NaN)) / 1000;
        return { text, etag: ETag, ageSeconds: Number.isNaN(age) ? 0 : age };
      });
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
  }

  async write(
    key: string,
    content: string | Uint8Array,
    condition: WriteCondition | undefined,
  ): Promise<string | undefined> {
    const match = condition === "absent" ? { IfNoneMatch: "*" } : condition && { IfMatch: condition.etag };
    try {
      return await this.#s3.call("PutObject", async ({ client, sdk, options }) => {
        const type = typeof content === "string" && { ContentType: "application/json" };
        const request = { ...this.#place(key), Body: content, ...type, ...match };
        const { ETag } = await client.send(new sdk.PutObjectCommand(request), options);
        return ETag ?? "";
      });
    } catch (error) {
      // What is to be replaced, and is gone, is another version too.
      if (match && (CONDITION_FAILED.test(awsCode(error) ?? "") || isNoObject(error))) return undefined;
      throw error;
    }
  }

  async list(prefix: string): Promise<string[]> {
    const { Bucket, Key } = this.#place(prefix);
    const above = Key.length - prefix.length;
    return this.#s3.call("ListBucket", async ({ client, sdk, options }) => {
      const keys: string[] = [];
      for await (const { Contents = [] } of sdk.paginateListObjectsV2(
        { client },
        { Bucket, Prefix: Key },
        options,
      ))
        keys.push(...Contents.flatMap((found) => (found.Key === undefined ? [] : [found.Key.slice(above)])));
      return keys;
    });
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#s3.call("DeleteObject", async ({ client, sdk, options }) => {
      // One by one: the request for many wants a checksum that not every S3-compatible server takes.
      for (const some of chunks(keys, AT_ONCE))
        await Promise.all(
          some.map((key) => client.send(new sdk.DeleteObjectCommand(this.#place(key)), options)),
        );
    });
  }

  /** The bucket's region, asked for once; undefined where the server does not tell. */
  async region(): Promise<string | undefined> {
    this.#region ??= await this.#s3.call("ListBucket", async ({ client, sdk, options }) => {
      const { BucketRegion } = await client.send(new sdk.HeadBucketCommand({ Bucket: this.bucket }), options);
      return BucketRegion;
    });
    return this.#region;
  }

  /** The same place, asked in its bucket's own region: no request is redirected. */
  async inOwnRegion(): Promise<S3SharedObjects> {
    const region = await this.region();
    if (region === undefined || region === this.scope.region) return this;
    const own = new S3SharedObjects(inRegion(this.scope, region), this.place, this.env);
    own.#region = region;
    return own;
  }
}
