import { constants } from "node:fs";
import { access, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";

/** Bytes that may still be written where a path lies; undefined when this machine does not see the path. */
export async function freeBytes(path: string): Promise<number | undefined> {
  return statfs(path).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
}

/** True when files can be made in a folder. */
export async function isWritable(directory: string): Promise<boolean> {
  return access(directory, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Why no port of the loopback interface can be bound; undefined when one can. */
export async function loopbackFailure(): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(error.message));
    server.listen(0, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
}

/** Where this user's programs keep what they can make again. */
export function cacheDirectory({
  XDG_CACHE_HOME: chosen,
}: Readonly<Record<string, string | undefined>>): string {
  if (chosen) return join(chosen, "pyspark-deploy");
  const usual = process.platform === "darwin" ? join("Library", "Caches") : ".cache";
  return join(homedir(), usual, "pyspark-deploy");
}
