import { createReadStream } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { ExitCode, InterruptedError, UserError } from "../../errors.js";

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface ObjectStoreAddress {
  /** An S3-compatible server; undefined means Amazon S3. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** Reads `s3a://bucket/key` (or `s3://`); undefined when the text is no S3 address. */
export function parseObjectAddress(text: string): ObjectAddress | undefined {
  const match = /^s3a?:\/\/([^/]+)\/?(.*)$/.exec(text);
  return match?.[1] === undefined ? undefined : { bucket: match[1], key: match[2] ?? "" };
}

function explain(error: unknown, doing: string): Error {
  if ((error as Error).name === "AbortError") return new InterruptedError();
  const { name, message, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined)
    return new UserError({
      exitCode: ExitCode.usage,
      message: `This machine's side of it failed: ${message}`,
      hint: "Check the path, its permissions and the free disk.",
      cause: error,
    });
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    message: `S3 refused to ${doing}: ${name}: ${message}`,
    hint: "Check the address, and that the credentials may read and write there.",
    cause: error,
  });
}

/** Writes all of the stream or nothing: a file that is there stays as it was until the new one is complete. */
async function writeWhole(file: string, content: ReadableStream, signal?: AbortSignal): Promise<void> {
  const part = `${file}.part`;
  try {
    await writeFile(part, content as unknown as AsyncIterable<Uint8Array>, { signal });
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Objects on S3. The SDK is loaded on first use: most commands never need it. */
export class ObjectStore {
  #client: Promise<S3Client> | undefined;

  constructor(
    private readonly address: ObjectStoreAddress,
    private readonly signal?: AbortSignal,
  ) {}

  get #abort() {
    return this.signal && { abortSignal: this.signal };
  }

  async #s3(): Promise<S3Client> {
    const { endpoint, region, credentials } = this.address;
    this.#client ??= import("@aws-sdk/client-s3").then(
      ({ S3Client: Client }) =>
        new Client({
          region,
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey,
            ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
          },
          ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
          // Not every S3-compatible server knows the newer checksum headers.
          requestChecksumCalculation: "WHEN_REQUIRED",
          responseChecksumValidation: "WHEN_REQUIRED",
        }),
    );
    return this.#client;
  }

  /** Makes an empty object whose key ends in "/", which Spark and Hadoop take for a folder. */
  async putFolder({ bucket, key }: ObjectAddress): Promise<void> {
    const s3 = await this.#s3();
    const { PutObjectCommand } = await import("@aws-sdk/client-s3");
    const folder = `${key.replace(/\/+$/, "")}/`;
    try {
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: folder, Body: new Uint8Array(), ContentLength: 0 }),
        this.#abort,
      );
    } catch (error) {
      throw explain(error, `make the folder s3a://${bucket}/${folder}`);
    }
  }

  /** Uploads a file, in parts when it is large. */
  async upload(
    file: string,
    { bucket, key }: ObjectAddress,
    onProgress: (bytes: number) => void,
  ): Promise<void> {
    const client = await this.#s3();
    const { Upload } = await import("@aws-sdk/lib-storage");
    try {
      const upload = new Upload({
        client,
        params: { Bucket: bucket, Key: key, Body: createReadStream(file) },
      });
      upload.on("httpUploadProgress", ({ loaded }) => onProgress(loaded ?? 0));
      const abort = () => void upload.abort();
      this.signal?.addEventListener("abort", abort, { once: true });
      await upload.done().finally(() => this.signal?.removeEventListener("abort", abort));
    } catch (error) {
      throw explain(error, `write s3a://${bucket}/${key}`);
    }
  }

  async download({ bucket, key }: ObjectAddress, file: string): Promise<void> {
    const s3 = await this.#s3();
    const { GetObjectCommand } = await import("@aws-sdk/client-s3");
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), this.#abort);
      if (!Body) throw new Error("the answer has no body");
      await writeWhole(file, Body.transformToWebStream(), this.signal);
    } catch (error) {
      throw explain(error, `read s3a://${bucket}/${key}`);
    }
  }
}
