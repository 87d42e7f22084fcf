import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, it } from "vitest";

const STATIC_IMPORT = /^(?:import|export) (?!type\b)(?:[^"]*? from )?"([^"]+)";$/gms;

/** The packages that a module of ours loads before it does anything, itself or by what it imports. */
function packagesOf(module: string, seen = new Set<string>()): string[] {
  if (seen.has(module)) return [];
  seen.add(module);
  const text = readFileSync(module, "utf8");
  return [...text.matchAll(STATIC_IMPORT)].flatMap(([, from = ""]) =>
    from.startsWith(".")
      ? packagesOf(resolve(dirname(module), from.replace(/\.js$/, ".ts")), seen)
      : from.startsWith("node:")
        ? []
        : [from],
  );
}

it("every command starts without the libraries that it does not need", () => {
  const packages = packagesOf(resolve(import.meta.dirname, "../../src/cli.ts"));
  expect([...new Set(packages)].sort()).toEqual(["commander", "picocolors"]);
});
