import { describe, expect, it } from "vitest";
import { BASE_MATRIX, type BaseVersions } from "../../../../src/config/base-matrix.js";
import { UserError } from "../../../../src/errors.js";
import { describeProject } from "../../../../src/plan/init/project.js";
import { chooseVersions } from "../../../../src/plan/init/versions.js";
import { folderOf } from "../../../support/folder.js";

const [{ spark, python }] = BASE_MATRIX;
const describeFiles = (contents: Record<string, string | number>) => describeProject(folderOf(contents));
const notesOf = (contents: Record<string, string | number>) =>
  describeFiles(contents)
    .notes.map(({ text }) => text)
    .join("\n");

const PEP_621 = '[project]\nname = "wordy"\ndependencies = ["humanize"]\n';
const POETRY = '[tool.poetry]\nname = "wordy"\n[tool.poetry.dependencies]\npython = "^3.10"\n';

describe("what pip installs comes from", () => {
  it.each<[string, Record<string, string>, object]>([
    ["requirements.txt", { "requirements.txt": "a" }, { files: { files: ["requirements.txt"] } }],
    ["a folder of lists", { "requirements/base.txt": "a" }, { files: { files: ["requirements/base.txt"] } }],
    ["requirements.in", { "requirements.in": "a" }, { files: { files: ["requirements.in"] } }],
    [
      "the locked list rather than its source",
      { "requirements.in": "a", "requirements.txt": "a==1" },
      { files: { files: ["requirements.txt"] } },
    ],
    [
      "a list with what it includes, and that of the tests",
      {
        "requirements.txt": "-r more/a.txt\n-c limits.txt",
        "more/a.txt": "-r b.txt",
        "more/b.txt": "x",
        "limits.txt": "x<2",
        "requirements-test.txt": "pytest-mock",
      },
      {
        files: {
          files: ["requirements.txt", "requirements-test.txt"],
          copies: ["requirements.txt", "more/a.txt", "more/b.txt", "limits.txt", "requirements-test.txt"],
        },
      },
    ],
    [
      "a wheel beside it",
      { "requirements.txt": "./wheels/a.whl", "wheels/a.whl": "" },
      { files: { copies: ["requirements.txt", "wheels/a.whl"] } },
    ],
    [
      "an archive named without ./",
      { "requirements.txt": "dist/a-1.tar.gz", "dist/a-1.tar.gz": "" },
      { files: { copies: ["requirements.txt", "dist/a-1.tar.gz"] } },
    ],
    [
      "lists with hashes and without",
      {
        "requirements.txt": "-r more.txt",
        "more.txt": "a==1 \\\n    --hash=sha256:00",
        "requirements-test.txt": "pytest-mock",
      },
      { files: { files: ["requirements.txt", "requirements-test.txt"], hashed: ["requirements.txt"] } },
    ],
    [
      "developers' list, when it brings pytest's plugins",
      { "requirements.txt": "a", "requirements-dev.txt": "pytest-mock" },
      { files: { files: ["requirements.txt", "requirements-dev.txt"] } },
    ],
    [
      "but not for linters",
      { "requirements.txt": "a", "requirements-dev.txt": "ruff" },
      { files: { files: ["requirements.txt"] } },
    ],
    ["pyproject.toml", { "pyproject.toml": PEP_621 }, { pyproject: { name: "wordy" }, files: { files: [] } }],
    [
      "Poetry, without a lock file",
      { "pyproject.toml": POETRY },
      { lock: { tool: "poetry", command: expect.stringMatching(/^poetry lock/) } },
    ],
    [
      "uv.lock",
      { "pyproject.toml": PEP_621, "uv.lock": "", "requirements.txt": "a" },
      { lock: { tool: "uv", copies: ["pyproject.toml", "uv.lock"] }, files: { files: [] } },
    ],
    [
      "poetry.lock",
      { "pyproject.toml": POETRY, "poetry.lock": "" },
      { lock: { tool: "poetry", command: expect.stringMatching(/^poetry export/) } },
    ],
    ["pdm.lock", { "pyproject.toml": PEP_621, "pdm.lock": "" }, { lock: { tool: "pdm" } }],
    [
      "Pipfile.lock",
      { Pipfile: "", "Pipfile.lock": "{}" },
      { lock: { tool: "pipenv", copies: ["Pipfile", "Pipfile.lock"] } },
    ],
    ["a repository", { "requirements.txt": "a @ git+https://example.com/a" }, { git: true }],
    ["nothing but a new list", { "main.py": "" }, { files: { files: ["requirements.txt"] } }],
    [
      "nothing but a new list, when pyproject.toml only configures tools",
      { "pyproject.toml": "[tool.ruff]" },
      { files: { files: ["requirements.txt"] } },
    ],
  ])("%s", (_, contents, expected) => {
    expect(describeFiles(contents).dependencies).toMatchObject(expected);
  });

  it.each<[string, string, RegExp]>([
    [
      "uv.lock",
      '[dependency-groups]\ndev = ["pytest"]',
      /^uv export (?!.*--no-dev).* --no-default-groups .* --group dev$/,
    ],
    ["pdm.lock", '[dependency-groups]\ndev = ["pytest"]', /^pdm export (?!.*--prod).* --group dev$/],
    ["pdm.lock", '[tool.pdm.dev-dependencies]\ntest = ["x"]', /^pdm export (?!.*--prod).* --group test$/],
    ["pdm.lock", '[project.optional-dependencies]\ntest = ["x"]', /^pdm export .* --prod --group test$/],
  ])("%s exports the tests' group: %j", (file, toml, expected) => {
    const { dependencies } = describeFiles({ "pyproject.toml": `${PEP_621}${toml}`, [file]: "" });
    expect(dependencies.lock?.command).toMatch(expected);
  });

  it.each<[string, string]>([
    ['[project.optional-dependencies]\ntest = ["x"]\ndev = ["pytest"]', '[{"name":"test","kind":"extra"}]'],
    ['[dependency-groups]\ndev = ["pytest-mock", {include-group = "x"}]', '[{"name":"dev","kind":"group"}]'],
    ['[dependency-groups]\ndev = ["ruff"]', "[]"],
    ['[tool.pdm.dev-dependencies]\ndev = ["pytest"]', '[{"name":"dev","kind":"pdm"}]'],
    ['[tool.poetry.dev-dependencies]\npytest = "*"', '[{"name":"dev","kind":"group"}]'],
    ['[tool.poetry.group.tests.dependencies]\nx = "*"', '[{"name":"tests","kind":"group"}]'],
  ])("the groups of its tests: %j", (toml, expected) => {
    const { pyproject } = describeFiles({ "pyproject.toml": `${PEP_621}${toml}` });
    expect(JSON.stringify(pyproject?.testGroups)).toBe(expected);
  });
});

describe("the layout", () => {
  const installed = { "src/wordy/__init__.py": "" };
  it.each<[string, Record<string, string>, object, boolean]>([
    ["a script", { "main.py": "" }, { kind: "flat", packages: [] }, false],
    [
      "a flat package",
      { "wordy/__init__.py": "", "tests/__init__.py": "" },
      { kind: "flat", packages: ["wordy"] },
      false,
    ],
    [
      "a flat package with pyproject",
      { "wordy/__init__.py": "", "pyproject.toml": PEP_621 },
      { kind: "flat" },
      false,
    ],
    [
      "src with pyproject",
      { ...installed, "pyproject.toml": PEP_621, "README.md": "", "a.py": "" },
      { kind: "installed", packages: ["wordy"], copies: ["README.md", "pyproject.toml", "src/"] },
      false,
    ],
    [
      "src of a namespace",
      { "src/space/wordy/a.py": "", "pyproject.toml": PEP_621 },
      { kind: "installed" },
      false,
    ],
    ["src without anything that installs it", installed, { kind: "src-path", packages: ["wordy"] }, false],
    ["scripts in src", { "src/main.py": "", "pyproject.toml": PEP_621 }, { kind: "src-path" }, false],
    [
      "what is declared to be no package",
      { ...installed, "pyproject.toml": `${PEP_621}[tool.uv]\npackage = false` },
      { kind: "src-path" },
      false,
    ],
    [
      "src with setup.py",
      { ...installed, "setup.py": "" },
      { kind: "installed", copies: ["setup.py", "src/"] },
      true,
    ],
    [
      "flat with setup.py",
      { "wordy/__init__.py": "", "setup.py": "" },
      { kind: "installed", copies: ["setup.py", "wordy/"] },
      true,
    ],
    [
      "src with setup.cfg",
      { ...installed, "setup.cfg": "[metadata]\n[options]\n", "pyproject.toml": "[build-system]" },
      { kind: "installed", copies: ["pyproject.toml", "setup.cfg", "src/"] },
      true,
    ],
    [
      "src with a setup.cfg that only configures tools",
      { ...installed, "setup.cfg": "[flake8]", "pyproject.toml": "[build-system]" },
      { kind: "src-path" },
      false,
    ],
    [
      "computed dependencies",
      { "wordy/__init__.py": "", "pyproject.toml": '[project]\nname = "wordy"\ndynamic = ["dependencies"]' },
      { kind: "installed" },
      true,
    ],
  ])("%s", (_, contents, expected, computed) => {
    const project = describeFiles(contents);
    expect(project.code.layout).toMatchObject(expected);
    expect(project.computedDependencies).toBe(computed);
  });

  it.each<[Record<string, string>, string[], boolean]>([
    [{ "main.py": "from pyspark.sql import SparkSession" }, ["main.py"], false],
    [{ "main.py": "print(1)" }, [], false],
    [{ "jobs/a.py": "", "jobs/__init__.py": "" }, ["jobs/a.py"], false],
    [{ "src/jobs/a.py": "", "src/jobs/__init__.py": "" }, ["src/jobs/a.py"], false],
    [{ "jobs/a.py": "", "jobs/b.py": "SparkSession" }, ["jobs/b.py", "jobs/a.py"], false],
    [{ "conftest.py": "SparkSession", "test_a.py": "SparkSession" }, [], true],
    [{ "tests/unit/test_a.py": "" }, [], true],
    [{ "jobs/first_job.py": "", "tests/test_first.py": "" }, [], false],
  ])("jobs and tests of %j", (contents, jobs, hasTests) => {
    expect(describeFiles(contents).code).toMatchObject({ jobs, hasTests });
  });
});

describe("versions", () => {
  const other: BaseVersions = { ...BASE_MATRIX[0], spark: "9.1.0", python: "3.99" };
  it.each<[Record<string, string>, string | undefined]>([
    [{ ".python-version": "3.1.2" }, ".python-version asks for Python 3.1"],
    [{ ".python-version": `${python}.4` }, undefined],
    [{ ".python-version": "my-environment" }, undefined],
    [{ "runtime.txt": "python-3.8.1" }, "runtime.txt asks for Python 3.8"],
    [{ Pipfile: '[requires]\npython_version = "3.8"' }, "Pipfile asks for Python 3.8"],
    [
      { "pyproject.toml": `${PEP_621}requires-python = ">=3.9,<3.12"` },
      "pyproject.toml asks for Python >=3.9,<3.12",
    ],
    [{ "pyproject.toml": `${PEP_621}requires-python = ">=${python}.2"` }, undefined],
    [{ "pyproject.toml": POETRY }, undefined],
    [{ "requirements.txt": "pyspark==3.5.1" }, "requirements.txt asks for pyspark==3.5.1"],
    [{ "requirements.txt": `pyspark[sql]==${spark}` }, undefined],
    [
      { "pyproject.toml": '[project]\nname = "a"\ndependencies = ["pyspark<4"]' },
      "pyproject.toml asks for pyspark<4",
    ],
    [
      { "pyproject.toml": PEP_621, "uv.lock": '[[package]]\nname = "pyspark"\nversion = "3.5.1"' },
      "uv.lock asks for pyspark==3.5.1",
    ],
    [
      { "Pipfile.lock": '{"default": {"pyspark": {"version": "==3.5.1"}}}' },
      "Pipfile.lock asks for pyspark==3.5.1",
    ],
  ])("%j: %s", (contents, conflict) => {
    if (conflict === undefined) expect(notesOf(contents)).not.toContain("asks for");
    else expect(notesOf(contents)).toContain(conflict);
  });

  it.each<[Record<string, string>, string]>([
    [{ ".python-version": "3.99" }, "9.1.0"],
    [{ "requirements.txt": "pyspark==9.1.0" }, "9.1.0"],
    [{ ".python-version": python, "requirements.txt": "pyspark==9.1.0" }, spark],
    [{}, spark],
  ])("%j takes Spark %s of the tested", (contents, expected) => {
    const { dependencies, pyproject } = describeFiles(contents);
    const folder = folderOf(contents);
    const chosen = chooseVersions(folder, pyproject, dependencies.requirements, [BASE_MATRIX[0], other]);
    expect(chosen.versions.spark).toBe(expected);
  });
});

describe("large files", () => {
  const large = 60 * 1024 * 1024;
  it.each<[Record<string, string | number>, string[], string[]]>([
    [{ "models/a.bin": 10 }, ["models/"], []],
    [{ "models/a.py": 10 }, [], []],
    [{ "models/__init__.py": 1, "models/a.json": 1 }, [], []],
    [{ "weights.onnx": large, "small.onnx": 10 }, ["weights.onnx"], []],
    [{ "assets/a/b.bin": large }, ["assets/"], []],
    [{ "data/flights.csv.gz": large }, [], ["data/flights.csv.gz"]],
    [{ "src/wordy/model.bin": large }, [], []],
  ])("%j", (contents, layers, data) => {
    expect(describeFiles(contents).large).toMatchObject({ layers, data });
  });
});

describe("what the image can't do, or does otherwise, is said", () => {
  it.each<[string, Record<string, string | number>, RegExp]>([
    ["Pipfile without its lock", { Pipfile: "" }, /no Pipfile.lock: nothing of Pipfile/],
    [
      "conda",
      { "environment.yml": "dependencies:\n- gdal=3\n- pip:\n  - humanize\n" },
      /no conda.*gdal=3, humanize/,
    ],
    [
      "conda beside a list",
      { "environment.yml": "x: [", "requirements.txt": "a" },
      /environment.yml is not used/,
    ],
    [
      "another pyspark module",
      { "requirements.txt": "databricks-connect" },
      /databricks-connect has a pyspark of its own/,
    ],
    ["a path outside", { "requirements.txt": "-e ../lib" }, /outside of this folder/],
    [
      "a path outside, of a uv.lock",
      {
        "pyproject.toml": PEP_621,
        "uv.lock": '[[package]]\nname = "lib"\nversion = "1"\nsource = { editable = "../lib" }\n',
      },
      /uv.lock takes a package from ..\/lib, which is outside of this folder/,
    ],
    [
      "a path outside, of a poetry.lock",
      {
        "pyproject.toml": PEP_621,
        "poetry.lock":
          '[[package]]\nname = "lib"\nversion = "1"\n[package.source]\ntype = "directory"\nurl = "../lib"\n',
      },
      /poetry\.lock takes a package from \.\.\/lib, .*cp -R \.\.\/lib \.\), name its new path in pyproject\.toml, and lock again: poetry lock/,
    ],
    [
      "a path outside, of Poetry without its lock",
      {
        "pyproject.toml":
          '[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\nlib = {path = "../lib"}\n',
      },
      /pyproject\.toml takes a package from \.\.\/lib, which is outside/,
    ],
    [
      "a path outside, of a pdm.lock",
      {
        "pyproject.toml": PEP_621,
        "pdm.lock": '[[package]]\nname = "lib"\nversion = "1"\npath = "./../lib"\n',
      },
      /pdm\.lock takes a package from \.\.\/lib, .*lock again: pdm lock/,
    ],
    [
      "a path outside, of a Pipfile.lock",
      { Pipfile: "", "Pipfile.lock": '{"default": {"lib": {"editable": true, "path": "../lib"}}}' },
      /Pipfile\.lock takes a package from \.\.\/lib, .*in Pipfile, and lock again: pipenv lock/,
    ],
    [
      "an include that is not there",
      { "requirements.txt": "-r base.txt" },
      /reads base.txt, which is not there/,
    ],
    [
      "two lock files",
      { "pyproject.toml": PEP_621, "uv.lock": "", "poetry.lock": "" },
      /uv.lock decides.*not poetry.lock/,
    ],
    [
      "a list that is none of Debian's",
      { "packages.txt": "https://example.com" },
      /packages.txt is not used/,
    ],
    [
      "a large file among code",
      { "src/wordy/m.bin": 99e6, "src/wordy/__init__.py": "" },
      /src\/wordy\/m.bin.*every edit/,
    ],
    [
      "a package that --mount does not replace",
      { "src/wordy/a.py": "", "pyproject.toml": PEP_621 },
      /submit --build/,
    ],
  ])("%s", (_, contents, expected) => {
    expect(notesOf(contents)).toMatch(expected);
  });

  it("a folder that init did not look through", () => {
    const { notes } = describeProject(folderOf({}, { skipped: ["data"] }));
    expect(notes).toContainEqual({ level: "warning", text: expect.stringMatching(/^data\/ has too many/) });
  });

  it.each<[string, string, RegExp]>([
    ["pyproject.toml", "[project\n", /^pyproject.toml:1:\d+: not valid TOML/],
    ["Pipfile.lock", "{", /^Pipfile.lock is not valid JSON/],
  ])("%s that can't be parsed", (file, content, message) => {
    expect(() => describeFiles({ [file]: content })).toThrow(UserError);
    expect(() => describeFiles({ [file]: content })).toThrow(message);
  });
});
