import { describe, expect, it } from "vitest";
import { suggest } from "../../../src/commands/complete-words.js";
import { COMMANDS, GLOBAL_OPTIONS } from "../../../src/commands/index.js";

const at = (line: string) => suggest(line.split(" "), COMMANDS, GLOBAL_OPTIONS);
const values = (line: string) => at(line).candidates.map(({ value }) => value);

describe("what the shell is offered", () => {
  it("is every verb at first, with what it does", () => {
    expect(values("")).toEqual(COMMANDS.map(({ name }) => name));
    expect(at("").candidates.every(({ description }) => description)).toBe(true);
  });

  it("is the global options before the verb, the verb's own after it", () => {
    expect(values("-")).toContain("--json");
    expect(values("-")).not.toContain("--purge");
    expect(values("destroy --")).toEqual(expect.arrayContaining(["--purge", "--json", "--help"]));
  });

  it.each([
    ["status ", ["cluster"]],
    ["--json status ", ["cluster"]],
    ["-C some/folder status ", ["cluster"]],
    ["status local ", []],
    ["create ", ["profile"]],
    ["submit ", ["cluster", "job"]],
    ["submit local ", ["job"]],
    ["submit --build local jo", ["job"]],
    ["submit --conf a=b ", ["cluster", "job"]],
    ["submit jobs/a.py ", ["file"]],
    ["submit jobs/a.py --mo", ["file"]],
    ["run ", ["profile", "job"]],
    ["exec local -- ls ", ["file"]],
    ["logs -c ", ["cluster"]],
    ["logs --cluster lo", ["cluster"]],
    ["logs --cluster=lo", ["cluster"]],
    ["logs --cluster = lo", ["cluster"]],
    ["cp ", ["file"]],
    ["cp a.csv ", ["file"]],
    ["cp a.csv b.csv ", []],
    ["--config ", ["file"]],
    ["-C ", ["directory"]],
    ["submit --conf ", []],
    ["no-such-verb ", []],
  ])("after %j comes from %j", (line, sources) => {
    expect(at(line).sources).toEqual(sources);
  });

  it("is a fixed list where there are few values", () => {
    expect(values("submit --log-level ")).toEqual(["error", "warn", "info", "debug"]);
    expect(values("completion ")).toEqual(["bash", "zsh", "fish"]);
    expect(values("logs ")).toContain("worker-1");
  });

  it("keeps the option in the word where the shell does", () => {
    expect(at("submit --log-level=de")).toMatchObject({ prefix: "--log-level=", current: "de" });
    expect(at("submit --log-level = de")).toMatchObject({ prefix: "", current: "de" });
  });

  it("is looked for where -C points", () => {
    expect(at("-C elsewhere status ").directory).toBe("elsewhere");
    expect(at("status -C elsewhere ").directory).toBe("elsewhere");
    expect(at("status --directory=elsewhere ").directory).toBe("elsewhere");
  });
});
