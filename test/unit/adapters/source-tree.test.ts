import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { hashTree, isInTree, listTree } from "../../../src/adapters/source-tree.js";

function tree(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), "psd-tree-"));
  for (const [path, content] of Object.entries(files)) put(directory, path, content);
  return directory;
}

function put(directory: string, path: string, content: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
}

const hash = (directory: string) => hashTree(directory, []);

describe("the hash of a source tree", () => {
  it("is the same for the same files elsewhere", async () => {
    const files = { "a.py": "1", "b/c.py": "2" };
    expect(await hash(tree(files))).toBe(await hash(tree(files)));
  });

  it.each([
    ["another content", (d: string) => put(d, "a.py", "2")],
    ["a new file", (d: string) => put(d, "new/x.py", "")],
    ["an executable bit", (d: string) => chmodSync(join(d, "a.py"), 0o755)],
  ])("changes with %s", async (_, change) => {
    const directory = tree({ "a.py": "1" });
    const before = await hash(directory);
    change(directory);
    expect(await hash(directory)).not.toBe(before);
  });

  it.each([
    ["what .dockerignore leaves out", "data/big.csv"],
    ["git's own files", ".git/index"],
    ["our own records", ".pyspark-deploy/clusters/local/record.json"],
    ["Python's caches", "pkg/__pycache__/x.pyc"],
  ])("does not change with %s", async (_, path) => {
    const directory = tree({ "a.py": "1", ".dockerignore": "data\n" });
    const before = await hash(directory);
    put(directory, path, "x");
    expect(await hash(directory)).toBe(before);
  });

  it("sees files that an exception takes back in from an ignored folder", async () => {
    const directory = tree({ "src/a.py": "1", ".dockerignore": "*\n!src/**\n" });
    const before = await hash(directory);
    put(directory, "src/a.py", "2");
    expect(await hash(directory)).not.toBe(before);
  });
});

describe("whether the build sees one file", () => {
  const directory = tree({
    ".dockerignore": "data\nlogs\n!logs/kept.py\n",
    "jobs/a.py": "1",
    "data/b.py": "1",
    "logs/kept.py": "1",
    "logs/other.py": "1",
    "pkg/__pycache__/c.py": "1",
  });
  symlinkSync("jobs/a.py", join(directory, "link.py"));
  symlinkSync("jobs", join(directory, "linked"));

  it.each([
    ["jobs/a.py", true],
    ["link.py", true],
    ["logs/kept.py", true],
    ["logs/other.py", false],
    ["data/b.py", false],
    ["pkg/__pycache__/c.py", false],
    ["linked/a.py", false],
    ["jobs", false],
    ["jobs/none.py", false],
    ["jobs/a.py/b.py", false],
    ["../a.py", false],
  ])("%s: %s, as the list of all says", async (path, seen) => {
    expect(await isInTree(directory, path)).toBe(seen);
    expect((await listTree(directory)).includes(path)).toBe(seen);
  });
});
