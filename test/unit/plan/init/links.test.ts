import { describe, expect, it } from "vitest";
import type { Link } from "../../../../src/plan/init/folder.js";
import { type InitPlan, planInit } from "../../../../src/plan/init/plan.js";
import { folderOf, readTemplates } from "../../../support/folder.js";

const settings = { templates: readTemplates(), version: "9.8.7", stateDirectory: ".pyspark-deploy" };
type Contents = Record<string, string | number>;
const plan = (contents: Contents, more = {}): InitPlan => planInit(folderOf(contents, more), settings);
const fileOf = (planned: InitPlan, path: string) =>
  planned.write.find((file) => file.path === path)?.content ?? "";

describe("packages of the project's own folder", () => {
  const SOURCE = '[package.source]\ntype = "directory"\nurl = "lib"\n';
  it.each<[string, Contents]>([
    [
      "poetry.lock",
      {
        "pyproject.toml": '[tool.poetry]\nname = "app"\n',
        "poetry.lock": `[[package]]\nname = "lib"\n${SOURCE}`,
      },
    ],
    [
      "pdm.lock",
      {
        "pyproject.toml": '[project]\nname = "app"\n',
        "pdm.lock": '[[package]]\nname = "lib"\npath = "./lib"\n',
      },
    ],
    ["Pipfile.lock", { Pipfile: "", "Pipfile.lock": '{"default": {"lib": {"path": "./lib"}}}' }],
    [
      "Poetry without its lock",
      { "pyproject.toml": '[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\nlib = {path = "lib"}\n' },
    ],
  ])("are there where pip installs them: %s", (_, contents) => {
    const planned = plan({ ...contents, "lib/pyproject.toml": "", "lib/lib/__init__.py": "" });
    const [, packages = ""] = fileOf(planned, "Dockerfile").split(" AS packages\n");
    expect(packages.split("\nFROM ")[0]).toContain("\nCOPY lib/ lib/\n");
    expect(planned.notes.map(({ text }) => text).join("\n")).not.toContain("outside of this folder");
  });
});

describe("links", () => {
  const withLinks = (links: Record<string, Link>, contents: Contents = {}) =>
    plan(
      { "main.py": "", ...Object.fromEntries(Object.keys(links).map((path) => [path, 0])), ...contents },
      {
        links: new Map(Object.entries(links)),
      },
    );
  const notesOf = ({ notes }: InitPlan) => notes.map(({ text }) => text).filter((text) => /link/.test(text));

  it.each<[string, Link, RegExp]>([
    [
      "models",
      { target: "/data/models", state: "outside", toFolder: true },
      /^models is a link to \/data\/models, outside of this folder.*rm models && cp -R \/data\/models models; or let jobs read it from S3/,
    ],
    [
      "model.bin",
      { target: "../model.bin", state: "outside", toFolder: false },
      /cp --remove-destination \.\.\/model\.bin model\.bin/,
    ],
    [
      "latest",
      { target: "/home/ann/app/v1", state: "absolute", toFolder: true },
      /absolute path.*ln -sfnr \/home\/ann\/app\/v1 latest/,
    ],
    [
      "gone",
      { target: "nowhere", state: "missing", toFolder: false },
      /which is not there\. Remove it: rm gone/,
    ],
  ])("that lead nowhere in the image are told with what to do: %s", (path, link, expected) => {
    expect(notesOf(withLinks({ [path]: link }))).toEqual([expect.stringMatching(expected)]);
    // Not even where the code is copied by its names: there a link without a target ends the build.
    const dockerfile = fileOf(withLinks({ [path]: link }, { "weights/m.bin": 99e6 }), "Dockerfile");
    expect(dockerfile).toMatch(/^COPY main\.py .*\.\/$/m);
    expect(dockerfile).not.toMatch(new RegExp(`^COPY .*\\b${path}\\b`, "m"));
  });

  it("within the folder are copied as what they lead to, and nothing has to be said", () => {
    const planned = withLinks(
      { latest: { target: "v1", state: "inside", toFolder: true } },
      { "v1/a.txt": "", "weights/m.bin": 99e6 },
    );
    expect(notesOf(planned)).toEqual([]);
    expect(fileOf(planned, "Dockerfile")).toContain("\nCOPY latest/ latest/\n");
  });

  it("that .dockerignore leaves out are no matter; of many the first are told", () => {
    const link: Link = { target: "/x", state: "outside", toFolder: true };
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`m${at}`, link]));
    expect(notesOf(withLinks(many))).toHaveLength(6);
    expect(notesOf(withLinks(many)).at(-1)).toMatch(/^4 more links/);
    expect(notesOf(withLinks(many, { ".dockerignore": "m*\n" }))).toEqual([]);
  });
});
