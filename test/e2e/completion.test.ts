import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { CLI } from "../support/cli.js";
import { Terminal } from "../support/terminal.js";

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** A project with a profile, a cluster's record and jobs; no engine is ever asked about it. */
function newNames(): string {
  const directory = mkdtempSync(join(tmpdir(), "psd-names-"));
  mkdirSync(join(directory, ".pyspark-deploy/clusters/nightly"), { recursive: true });
  writeFileSync(join(directory, ".pyspark-deploy/clusters/nightly/record.json"), "{}");
  writeFileSync(join(directory, "pyspark-deploy.yaml"), "profiles:\n  big:\n    workers: 4\n");
  mkdirSync(join(directory, "jobs"));
  for (const file of ["jobs/delays.py", "jobs/notes.txt", "data.csv"])
    writeFileSync(join(directory, file), "");
  return directory;
}

/** A folder for PATH with the built CLI in it, and a docker that tells when it is called. */
function newBin(): string {
  const folder = mkdtempSync(join(tmpdir(), "psd-bin-"));
  const script = (body: string) => ({ mode: 0o755, body: `#!/bin/sh\n${body}\n` });
  const cli = script(`exec "${process.execPath}" "${CLI}" "$@"`);
  const docker = script(`: > "${join(folder, "docker-was-called")}"; exit 1`);
  writeFileSync(join(folder, "pyspark-deploy"), cli.body, { mode: cli.mode });
  writeFileSync(join(folder, "docker"), docker.body, { mode: docker.mode });
  return folder;
}

const bin = newBin();

function complete(directory: string, ...words: string[]) {
  const { stdout, stderr, status } = spawnSync(join(bin, "pyspark-deploy"), ["__complete", ...words], {
    cwd: directory,
    encoding: "utf8",
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  return { lines: stdout.split("\n").filter((line) => line !== ""), stderr, status };
}

describe("names for completion", () => {
  const project = newNames();

  it.each([
    [["status", ""], ["nightly"]],
    [["status", "n"], ["nightly"]],
    [["status", "x"], []],
    [
      ["create", ""],
      ["local", "big"],
    ],
    [
      ["submit", ""],
      ["nightly", "jobs/"],
    ],
    [["submit", "jobs/"], ["jobs/delays.py"]],
    [["run", "big", "jobs/d"], ["jobs/delays.py"]],
    [["submit", "nowhere/"], []],
    [["logs", "--cluster=n"], ["--cluster=nightly"]],
    [["cp", "da"], [":files"]],
    [["-C", ""], [":directories"]],
  ])("%j: %j", (words, expected) => {
    expect(complete(project, ...words).lines).toEqual(expected);
  });

  it("are found from another folder with -C", () => {
    expect(complete(tmpdir(), "-C", project, "status", "").lines).toEqual(["nightly"]);
  });

  it("are never an error: not with a broken config, not outside a project", () => {
    const broken = mkdtempSync(join(tmpdir(), "psd-broken-"));
    writeFileSync(join(broken, "pyspark-deploy.yaml"), "profiles: [\n");
    for (const directory of [broken, tmpdir()])
      for (const verb of ["create", "status", "submit", "no-such-verb"])
        expect(complete(directory, verb, "zz")).toEqual({ lines: [], stderr: "", status: 0 });
  });
});

const SHELLS = {
  bash: ["bash --norc --noprofile -i", 'eval "$(pyspark-deploy completion bash)"'],
  zsh: ["zsh -f -i", 'autoload -U compinit; compinit -u -D; eval "$(pyspark-deploy completion zsh)"'],
  fish: ["fish --no-config -i", "pyspark-deploy completion fish | source"],
} as const;

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])("in %s", (shell) => {
  // Not every machine has every shell; bash is always there.
  it.skipIf(!has(shell))("Tab completes verbs, options, clusters, profiles and jobs", async () => {
    const [start, setup] = SHELLS[shell];
    const project = newNames();
    const terminal = new Terminal(`cd ${project} && PATH=${bin}:$PATH HOME=${project} PS1='> ' ${start}`);
    onTestFinished(() => terminal.close());
    const line = () => terminal.screen().trimEnd().split("\n").at(-1) ?? "";
    const settled = (text: RegExp) =>
      vi.waitFor(() => expect(terminal.screen()).toMatch(text), { timeout: 20_000, interval: 100 });
    terminal.type(`${setup}; echo read''y`, "Enter");
    await settled(/^ready/m);
    const completes = async (typed: string, expected: string) => {
      terminal.type("C-u", "C-l");
      terminal.type("-l", typed);
      terminal.type("Tab");
      await vi.waitFor(() => expect(line().trimEnd()).toContain(expected), {
        timeout: 20_000,
        interval: 100,
      });
    };
    await completes("pyspark-deploy dest", "pyspark-deploy destroy");
    await completes("pyspark-deploy destroy --pur", "pyspark-deploy destroy --purge");
    await completes("pyspark-deploy status nig", "pyspark-deploy status nightly");
    await completes("pyspark-deploy create b", "pyspark-deploy create big");
    await completes("pyspark-deploy submit jobs/d", "pyspark-deploy submit jobs/delays.py");
    await completes("pyspark-deploy submit --log-level de", "pyspark-deploy submit --log-level debug");
    await completes("pyspark-deploy submit --log-level=de", "pyspark-deploy submit --log-level=debug");
    await completes("pyspark-deploy cp dat", "pyspark-deploy cp data.csv");
    expect(existsSync(join(bin, "docker-was-called"))).toBe(false);
  });
});
