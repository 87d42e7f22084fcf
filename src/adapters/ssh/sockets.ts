import { lstat, mkdir } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.js";

/**
 * The folder for this user's sockets, with a path short enough for a socket's name on every system (104 bytes on macOS,
 * where the usual temporary folder is too long); made when absent.
 * @throws UserError (exit code 6) when somebody else owns a folder of that name.
 */
export async function socketDirectory(): Promise<string> {
  const { uid } = userInfo();
  const directory = join("/tmp", `pyspark-deploy-${uid}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return directory;
  throw new UserError({
    exitCode: ExitCode.stateConflict,
    message: `${directory} is not a folder that only you can use: connections are not put there.`,
    hint: `Look who made it (ls -ld ${directory}), remove it, then run the command again.`,
  });
}

/** What the name of a cluster's sockets begins with. */
export const socketPrefix = (clusterId: string): string => clusterId.slice(0, 12);
