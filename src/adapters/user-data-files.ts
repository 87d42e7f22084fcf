import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { USER_DATA_FILES, type UserDataFiles } from "../plan/aws/user-data.js";

/** Reads what user data is rendered from; `folder` is assets/templates/user-data. */
export async function readUserDataFiles(folder: string): Promise<UserDataFiles> {
  const entries = USER_DATA_FILES.map(
    async (name) => [name, await readFile(join(folder, name), "utf8")] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as UserDataFiles;
}
