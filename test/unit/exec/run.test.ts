import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { observeProcesses, run, stream } from "../../../src/exec/run.js";

const echo = ["-e", "process.stdout.write(JSON.stringify(process.argv.slice(1)))", "--"];

describe("running a program", () => {
  it.each(["a b", 'quo"te', "it's", "$HOME `id` ;|&", "-x", "--", "*", "naïve ☃", "line\nbreak", ""])(
    "passes the argument %j unchanged",
    async (argument) => {
      const { stdout } = await run({ file: process.execPath, args: [...echo, argument] });
      expect(JSON.parse(stdout)).toEqual([argument]);
    },
  );

  it("returns the exit code and what was printed", async () => {
    const result = await run({
      file: process.execPath,
      args: ["-e", "console.log('out'); console.error('err'); process.exit(7)"],
    });
    expect(result).toEqual({ exitCode: 7, stdout: "out", stderr: "err" });
  });

  it("hands over standard input", async () => {
    const { stdout } = await run({ file: "cat", args: [], input: "secret" });
    expect(stdout).toBe("secret");
  });

  it("tells lines of both streams as they come, the last one included", async () => {
    const lines: string[] = [];
    await run(
      { file: "sh", args: ["-c", "echo one; echo two >&2; printf three"] },
      { onLine: (line) => lines.push(line) },
    );
    expect(lines.sort()).toEqual(["one", "three", "two"]);
  });

  it("says which program is missing", async () => {
    await expect(run({ file: "no-such-program", args: [] })).rejects.toMatchObject({
      name: "UserError",
      exitCode: 3,
      message: expect.stringContaining("no-such-program"),
    });
  });

  it("ends at an abort", async () => {
    const abort = new AbortController();
    const running = run({ file: "sleep", args: ["60"] }, { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
  });

  it("tells its process's id, which leads a group of its own", async () => {
    let pid = 0;
    const { stdout } = await run(
      { file: "ps", args: ["-A", "-o", "pid=,pgid="] },
      { onStart: (id) => (pid = id) },
    );
    expect(stdout).toMatch(new RegExp(`^ *${pid} +${pid}$`, "m"));
  });

  it("is told by the signal asked for, and may finish its work", async () => {
    const abort = new AbortController();
    const lines: string[] = [];
    const script =
      "trap 'echo saved; exit 0' INT; trap 'echo lost; exit 1' TERM; echo ready; while :; do sleep 0.05; done";
    const running = run(
      { file: "sh", args: ["-c", script] },
      {
        signal: abort.signal,
        ending: { signal: "SIGINT", graceSeconds: 30 },
        onLine: (line) => {
          lines.push(line);
          if (line === "ready") abort.abort();
        },
      },
    );
    await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
    expect(lines).toEqual(["ready", "saved"]);
  });

  it("is killed when it does not end within its grace", async () => {
    const abort = new AbortController();
    const running = run(
      { file: "sh", args: ["-c", "trap '' INT; echo ready; while :; do sleep 0.05; done"] },
      {
        signal: abort.signal,
        ending: { signal: "SIGINT", graceSeconds: 0.2 },
        onLine: () => abort.abort(),
      },
    );
    await expect(running).rejects.toMatchObject({ name: "InterruptedError" });
  });

  it("tells the observer argv, and neither environment nor input", async () => {
    const seen: string[] = [];
    observeProcesses((argv) => seen.push(argv.join(" ")));
    await run({ file: "true", args: ["x"], env: { TOKEN: "s3cret" }, input: "s3cret" });
    observeProcesses(() => {});
    expect(seen).toEqual(["true x"]);
  });
});

describe("streaming a program", () => {
  it("passes bytes on unchanged and returns the exit code", async () => {
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        chunks.push(chunk);
        done();
      },
    });
    const exitCode = await stream(
      { file: "sh", args: ["-c", "printf 'a\\r\\n\\303\\251'; exit 3"] },
      { stdout: sink, stderr: sink },
    );
    expect([exitCode, Buffer.concat(chunks).toString()]).toEqual([3, "a\r\né"]);
  });

  /** Takes one chunk and then fails, as a pipe does whose reader has gone. */
  const leavingReader = () => {
    let chunks = 0;
    return new Writable({
      write(_chunk, _, done) {
        chunks += 1;
        done(chunks > 1 ? new Error("EPIPE") : null);
      },
    });
  };
  const endless = "while :; do echo a line of a log that never ends; done";

  it("goes on unread when its reader goes away", async () => {
    const output = { stdout: leavingReader(), stderr: leavingReader() };
    const writesMuch = "i=0; while [ $i -lt 20000 ]; do echo a line of a log; i=$((i+1)); done; exit 4";
    expect(await stream({ file: "sh", args: ["-c", writesMuch] }, output)).toBe(4);
  });

  it("ends with its reader when asked to", async () => {
    const output = { stdout: leavingReader(), stderr: leavingReader() };
    expect(await stream({ file: "sh", args: ["-c", endless] }, output, { endWithReader: true })).toBe(0);
  });
});
