import { fileURLToPath } from "node:url";

/** A folder of `assets/`, which lies beside `dist/` in the package and beside `src/` in the repository. */
export function assetPath(relative: string): string {
  return fileURLToPath(new URL(`../assets/${relative}`, import.meta.url));
}

/** The built CLI, for a process of its own. */
export const cliPath = (): string => fileURLToPath(new URL("../dist/cli.js", import.meta.url));
