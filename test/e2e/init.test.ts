import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Cli, docker, objectsOf } from "../support/cli.js";
import { Terminal } from "../support/terminal.js";

type Contents = Readonly<Record<string, string | Buffer>>;

interface Initialized {
  readonly project: string;
  readonly written: readonly string[];
  readonly changed: readonly string[];
  readonly kept: readonly { readonly path: string }[];
}

/** A folder of that name with these files, and nothing else. */
function folderWith(name: string, contents: Contents): string {
  const folder = join(mkdtempSync(join(tmpdir(), "psd-init-")), name);
  mkdirSync(folder);
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const textOf = (cli: Cli, path: string) => readFileSync(join(cli.directory, path), "utf8");

const layersOf = async (image: string): Promise<string[]> =>
  JSON.parse(await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image));

const SCRIPT = `from pyspark.sql import SparkSession

print("rows:", SparkSession.builder.getOrCreate().range(1000).count())
`;

const PACKAGE = `[project]
name = "wordy"
version = "1.0"
readme = "README.md"
requires-python = ">=3.10"
dependencies = ["humanize>=4", "pyspark"]

[dependency-groups]
test = ["pytest-mock"]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["src/wordy"]
`;

const PACKAGE_TEST = `from pyspark.sql import SparkSession
from wordy import size


def test_the_package_is_on_executors_too(mocker) -> None:
    with SparkSession.builder.getOrCreate() as spark:
        assert spark.sparkContext.parallelize([1000]).map(size).collect() == ["1.0 kB"]
`;

const MODEL_TEST = `import shutil
from pathlib import Path

import humanize


def test_all_is_there() -> None:
    assert shutil.which("jq") and humanize.naturalsize(1000) == "1.0 kB"
    assert Path("/app/models/words.bin").stat().st_size == 3_000_000
`;

const SHAPES: readonly { shape: string; folder: string; contents: Contents; passed: RegExp }[] = [
  {
    shape: "a bare script",
    folder: "2024 Init Größe",
    contents: { "count rows.py": SCRIPT },
    passed: /1 passed/,
  },
  {
    shape: "a list of requirements that pins another PySpark, and a flat package",
    folder: "init_Requirements",
    contents: {
      "requirements.txt": "-c limits.txt\npyspark==3.5.1\npy4j==0.10.9.7\nhumanize\n-e .\n",
      "limits.txt": "humanize<5\n",
      "counts/__init__.py": "import humanize\n",
    },
    passed: /2 passed/,
  },
  {
    shape: "a src package with pyproject",
    folder: "init-package",
    contents: {
      "pyproject.toml": PACKAGE,
      "README.md": "Sizes in words.\n",
      "src/wordy/__init__.py":
        "import humanize\n\n\ndef size(count):\n    return humanize.naturalsize(count)\n",
      "tests/test_wordy.py": PACKAGE_TEST,
    },
    passed: /1 passed/,
  },
  {
    shape: "Debian packages and a model",
    folder: "init-model",
    contents: {
      "apt.txt": "# to read JSON\njq\n",
      "requirements.txt": "humanize\n",
      "models/words.bin": Buffer.alloc(3_000_000, 1),
      "tests/test_model.py": MODEL_TEST,
    },
    passed: /1 passed/,
  },
];

describe.each(SHAPES)("$shape", ({ folder, contents, passed }) => {
  const cli = new Cli(folderWith(folder, contents));

  it("becomes a project at once, and the second time nothing changes", async () => {
    const first = await cli.json<Initialized>("init", "--yes");
    expect(first.written).toContain("Dockerfile");
    const again = await cli.json<Initialized>("init");
    expect([again.written, again.changed]).toEqual([[], []]);
    expect(first.written).toEqual(expect.arrayContaining(again.kept.map(({ path }) => path)));
    expect(again.kept).not.toEqual([]);
  });

  it("builds, and an edit of a job rebuilds no more than the layers of the code", async () => {
    const { image } = await cli.json<{ image: string }>("build");
    mkdirSync(join(cli.directory, "jobs"), { recursive: true });
    appendFileSync(join(cli.directory, "jobs/first_job.py"), "\n");
    const edited = await cli.json<{ image: string }>("build");
    expect(edited.image).not.toBe(image);
    const [before, after] = await Promise.all([layersOf(image), layersOf(edited.image)]);
    // Where a model has a layer of its own, jobs and tests have too.
    const codeLayers = "models/words.bin" in contents ? 2 : 1;
    expect(after.length).toBe(before.length);
    expect(after.slice(0, -codeLayers)).toEqual(before.slice(0, -codeLayers));
  });

  it("passes its tests in the image", async () => {
    const { exitCode, stdout, stderr } = await cli.run(["test"]);
    expect(stdout, stderr).toMatch(passed);
    expect(exitCode).toBe(0);
  });
});

describe("the first job", () => {
  it("runs on executors, and writes to S3 and reads back", async () => {
    const cli = new Cli(folderWith("init-first-job", {}));
    const { project } = await cli.json<Initialized>("init", "--yes");
    writeFileSync(join(cli.directory, "pyspark-deploy.yaml"), `project: ${project}\nworkers: 1\n`);
    const { exitCode, stdout, stderr } = await cli.run(["run", "--purge", "jobs/first_job.py"]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout).toMatch(/\|\s+9\|\s*50000400000\|/);
    const [driver, executors] = [/^driver: (.+)$/m, /^executors: (.+)$/m].map(
      (line) => line.exec(stdout)?.[1],
    );
    expect(executors).toBeTruthy();
    expect(executors?.split(", ")).not.toContain(driver);
    expect(await objectsOf(project)).toEqual([]);
  });
});

describe("init", () => {
  const terminals: Terminal[] = [];
  afterEach(() => {
    for (const terminal of terminals.splice(0)) terminal.close();
  });

  /** `init` in a real terminal that stays open for a look at its exit code; in CI, where these tests run too, it would not ask. */
  function initInTerminal(folder: string): Terminal {
    const cli = new URL("../../dist/cli.js", import.meta.url).pathname;
    const terminal = new Terminal(
      `cd '${folder}'; env -u CI ${process.execPath} ${cli} init; echo "exit code $?"; cat`,
    );
    terminals.push(terminal);
    return terminal;
  }
  const seen = (terminal: Terminal, text: string) =>
    vi.waitFor(() => expect(terminal.screen()).toContain(text), { timeout: 30_000, interval: 100 });

  it("writes nothing on Ctrl-C at its question", async () => {
    const folder = folderWith("init-ctrl-c", { "a.py": "" });
    const terminal = initInTerminal(folder);
    await seen(terminal, "Write these files?");
    terminal.type("C-c");
    await seen(terminal, "exit code 130");
    expect(readdirSync(folder)).toEqual(["a.py"]);
  });

  it("writes when the answer is yes", async () => {
    const folder = folderWith("init-yes", { "a.py": "" });
    const terminal = initInTerminal(folder);
    await seen(terminal, "Write these files?");
    terminal.type("Enter");
    await seen(terminal, "exit code 0");
    expect(readdirSync(folder)).toContain("Dockerfile");
  });

  it("writes nothing when there is nobody to ask, and says how to say yes", async () => {
    const cli = new Cli(folderWith("init-nobody", { "a.py": "" }));
    const { exitCode, stderr } = await cli.run(["init"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/init --yes/);
    expect(readdirSync(cli.directory)).toEqual(["a.py"]);
  });

  it("leaves files alone, and says what a Dockerfile of another kind lacks", async () => {
    const cli = new Cli(folderWith("init-kept", { Dockerfile: "FROM scratch\n", ".gitignore": "venv" }));
    const { exitCode, stderr } = await cli.run(["init", "--yes"]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/kept: Dockerfile/);
    expect(stderr).toMatch(/FROM \$\{PYSPARK_DEPLOY_BASE\}/);
    expect(textOf(cli, "Dockerfile")).toBe("FROM scratch\n");
    expect(textOf(cli, ".gitignore")).toBe("venv\n.pyspark-deploy/\n");
  });

  it("does not make a project inside another", async () => {
    const cli = new Cli(folderWith("init-inside", { "pyspark-deploy.yaml": "", "jobs/a.py": "" }));
    const { exitCode, stderr } = await cli.run(["-C", "jobs", "init", "--yes"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/is part of the project/);
    expect(readdirSync(join(cli.directory, "jobs"))).toEqual(["a.py"]);
  });

  it("says which file it can't read, or write", async () => {
    const broken = new Cli(folderWith("init-broken", { "pyproject.toml": "[project" }));
    expect((await broken.run(["init", "--yes"])).stderr).toMatch(/pyproject.toml:1:\d+: not valid TOML/);
    const inTheWay = new Cli(folderWith("init-in-the-way", { ".github": "" }));
    const { exitCode, stderr } = await inTheWay.run(["init", "--yes"]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/\.github.*can't be written/);
    const nowhere = await inTheWay.run(["-C", "nowhere", "init", "--yes"]);
    expect(nowhere.exitCode).toBe(2);
  });
});
