import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { appendToFile, writeNewFile } from "../../../src/adapters/new-files.js";
import { readProjectFolder } from "../../../src/adapters/project-folder.js";

function folderWith(contents: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "psd-folder-"));
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

describe("reading a project's folder", () => {
  it("finds its files, without environments, version control, packages of others and hidden folders", async () => {
    const folder = folderWith({
      "main.py": "",
      ".python-version": "3.13",
      ".github/workflows/a.yml": "",
      ".git/HEAD": "",
      ".idea/a.xml": "",
      "conda-env/conda-meta/history": "",
      "my-env/pyvenv.cfg": "",
      "my-env/lib/a.py": "",
      "node_modules/a/b.js": "",
      "src/a/__pycache__/a.pyc": "",
      "src/a/a.py": "",
    });
    const { files, environments, skipped } = await readProjectFolder(folder);
    expect([...files.keys()]).toEqual([
      ".python-version",
      "main.py",
      ".github/workflows/a.yml",
      "src/a/a.py",
    ]);
    expect([environments, skipped]).toEqual([["conda-env", "my-env"], []]);
  });

  it("finds what describes the project behind any number of files, and says where it did not look", async () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`data/more/${index}.csv`, ""]));
    const deep = `notes/${"a/".repeat(9)}a.md`;
    const folder = folderWith({
      ...many,
      "data/a.csv": "",
      [deep]: "",
      "pyproject.toml": "",
      "src/a.py": "",
    });
    const { files, texts, skipped } = await readProjectFolder(folder, 9);
    expect([...files.keys()]).toEqual(["pyproject.toml", "data/a.csv", "src/a.py"]);
    expect([...texts.keys()]).toEqual(["pyproject.toml", "src/a.py"]);
    expect(skipped).toEqual(["data", "notes"]);
  });

  it("says of each link where it leads, seen from the image", async () => {
    const outside = folderWith({ "models/m.bin": "model", "a.txt": "text" });
    const folder = folderWith({ "v1/a.txt": "", "code/a.py": "", "env/pyvenv.cfg": "" });
    const links: Record<string, string> = {
      models: join(outside, "models"),
      "code/a.txt": join(outside, "a.txt"),
      latest: "v1",
      "code/absolute": join(folder, "v1"),
      gone: "nowhere",
      ".venv": "env",
      virtual: "env",
    };
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder, path));
    const read = await readProjectFolder(folder);
    expect(Object.fromEntries(read.links)).toEqual({
      models: { target: links.models, state: "outside", toFolder: true },
      "code/a.txt": { target: links["code/a.txt"], state: "outside", toFolder: false },
      latest: { target: "v1", state: "inside", toFolder: true },
      "code/absolute": { target: links["code/absolute"], state: "absolute", toFolder: true },
      gone: { target: "nowhere", state: "missing", toFolder: false },
    });
    expect(read.environments).toEqual(["virtual", "env"]);
  });

  it("never waits for a pipe, nor for the end of a device", async () => {
    const folder = folderWith({});
    execFileSync("mkfifo", [join(folder, "requirements.txt"), join(folder, "main.py")]);
    symlinkSync("/dev/zero", join(folder, "endless.txt"));
    const { files, texts } = await readProjectFolder(folder);
    expect([...files.keys()]).toEqual(["endless.txt", "main.py", "requirements.txt"]);
    expect([...texts.keys()]).toEqual([]);
  });

  it("reads what describes the project, in the encodings that pip reads", async () => {
    const { texts } = await readProjectFolder(
      folderWith({
        "requirements.txt": Buffer.from("\uFEFFhumanize\n", "utf16le"),
        "pyproject.toml": "\uFEFF[project]",
        "setup.cfg": "[options]",
        "data.csv": "1",
        "jobs/a.py": "a",
        "src/jobs/b.py": "b",
        "requirements/dev.txt": "ruff",
      }),
    );
    expect(Object.fromEntries(texts)).toEqual({
      "requirements.txt": "humanize\n",
      "pyproject.toml": "[project]",
      "setup.cfg": "[options]",
      "requirements/dev.txt": "ruff",
      "jobs/a.py": "a",
      "src/jobs/b.py": "b",
    });
  });

  it("knows where it is in its Git repository", async () => {
    const folder = folderWith({ ".git/HEAD": "", "etl/job/main.py": "" });
    expect((await readProjectFolder(folder)).belowGitRoot).toBe("");
    expect((await readProjectFolder(join(folder, "etl/job"))).belowGitRoot).toBe("etl/job");
  });

  it("survives links that lead nowhere or in circles", async () => {
    const folder = folderWith({ "a/main.py": "" });
    symlinkSync(folder, join(folder, "a/circle"));
    symlinkSync("nothing", join(folder, "requirements.txt"));
    const { files } = await readProjectFolder(folder);
    expect([...files.keys()]).toEqual(["requirements.txt", "a/circle", "a/main.py"]);
  });
});

describe("writing into a project's folder", () => {
  it("makes folders and files, and leaves nothing else behind", async () => {
    const folder = folderWith({});
    expect(await writeNewFile(folder, "a/b/c.txt", "text")).toBe(true);
    expect(readFileSync(join(folder, "a/b/c.txt"), "utf8")).toBe("text");
    expect(readdirSync(join(folder, "a/b"))).toEqual(["c.txt"]);
  });

  it("never replaces a file, nor a link that leads nowhere", async () => {
    const folder = folderWith({ "a.txt": "mine" });
    symlinkSync("nothing", join(folder, "link"));
    expect(await writeNewFile(folder, "a.txt", "other")).toBe(false);
    expect(await writeNewFile(folder, "link", "other")).toBe(false);
    expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("mine");
  });

  it("adds lines at the end, whatever bytes come before", async () => {
    const folder = folderWith({ ".gitignore": Buffer.from([0xff, 0x0a]) });
    await appendToFile(folder, ".gitignore", "x\n");
    expect([...readFileSync(join(folder, ".gitignore"))]).toEqual([0xff, 0x0a, 0x78, 0x0a]);
  });
});
