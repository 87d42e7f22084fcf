import { describe, expect, it } from "vitest";
import { COMMANDS, GLOBAL_OPTIONS } from "../../../src/commands/index.js";
import { protectArguments } from "../../../src/commands/pass-through.js";
import { parseJobWords } from "../../../src/commands/shared.js";

const protect = (line: string) => protectArguments(line.split(" "), COMMANDS, GLOBAL_OPTIONS).join(" ");

describe("what belongs to the job", () => {
  it.each([
    ["submit jobs/a.py --year 2013", "submit -- jobs/a.py --year 2013"],
    ["submit local --build jobs/a.py --build", "submit local --build -- jobs/a.py --build"],
    ["submit jobs/a.py -- --x", "submit -- jobs/a.py -- --x"],
    ["submit --conf spark.files=b.py jobs/a.py", "submit --conf spark.files=b.py -- jobs/a.py"],
    ["--json submit jobs/a.py --json", "--json submit -- jobs/a.py --json"],
    ["-C run submit jobs/a.py", "-C run submit -- jobs/a.py"],
    ["run jobs/a.py test", "run -- jobs/a.py test"],
  ])("%s", (line, expected) => {
    expect(protect(line)).toBe(expected);
  });
});

describe("what belongs to the command in the container", () => {
  it.each([
    ["exec -- python -V", "exec -- -- python -V"],
    ["exec local -- run.py --json", "exec local -- -- run.py --json"],
    ["test -- -k delays -x", "test -- -- -k delays -x"],
    ["status local", "status local"],
    ["cp a.py driver:/tmp/", "cp a.py driver:/tmp/"],
  ])("%s", (line, expected) => {
    expect(protect(line)).toBe(expected);
  });
});

describe("the words of submit", () => {
  it("are the cluster, the job, and the job's arguments", () => {
    expect(parseJobWords(["local", "jobs/a.py", "--x", "b.py"], {})).toMatchObject({
      cluster: "local",
      request: { script: "jobs/a.py", arguments: ["--x", "b.py"] },
    });
  });

  it("may leave the cluster out", () => {
    expect(parseJobWords(["jobs/a.py"], {}).cluster).toBeUndefined();
  });

  it.each([
    [[], /No job is named/],
    [["local"], /No job is named/],
    [["a", "b", "jobs/a.py"], /Too many words/],
  ])("%j are refused", (words, message) => {
    expect(() => parseJobWords(words, {})).toThrow(message);
  });

  it("read --conf with an equals sign in the value", () => {
    expect(parseJobWords(["a.py"], { conf: ["spark.a=b=c"] }).request.conf).toEqual({ "spark.a": "b=c" });
    expect(() => parseJobWords(["a.py"], { conf: ["spark.a"] })).toThrow(/has no value/);
  });

  it("know the log levels", () => {
    expect(parseJobWords(["a.py"], {}).request.logLevel).toBe("warn");
    expect(() => parseJobWords(["a.py"], { logLevel: "loud" })).toThrow(/no log level "loud"/);
  });
});
