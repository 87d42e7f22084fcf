import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "../../src/wait.js";
import { type Case, caseName } from "./cases.js";
import { Command, processesOf, send } from "./processes.js";
import {
  CLUSTER,
  clusterIdIn,
  filesLeft,
  folderOf,
  newFolder,
  type Recorded,
  socketsLeft,
  WORKERS,
  type World,
} from "./world.js";

export interface Outcome {
  readonly name: string;
  /** What was under way at the blow, such as "CreateVpc"; undefined when the verb ended before. */
  readonly hit: string | undefined;
  readonly seconds: number;
  /** What destroy has left, as "kind name". */
  readonly left: readonly string[];
  /** What went wrong beside that. */
  readonly problems: readonly string[];
}

/** As far as a cluster gets where there are no hosts. */
export const FURTHEST = `Waiting for ${1 + WORKERS} hosts to boot`;
/** Between two presses of Ctrl-C by a person in a hurry. */
const PRESSES_MS = 300;
const STEP_SECONDS = 120;
const END_SECONDS = 240;

/** The end of a command that hangs is a finding, not the end of the matrix. */
async function endOf(command: Command, what: string, problems: string[]): Promise<number | null> {
  const late = new AbortController();
  const ended = await Promise.race([
    command.ended,
    delay(END_SECONDS * 1000, "late" as const, { signal: late.signal }).catch(() => "late" as const),
  ]);
  late.abort();
  if (ended !== "late") return ended;
  problems.push(`${what} did not end within ${END_SECONDS} s: ${command.said.slice(-500)}`);
  killAll(command.mark);
  return command.ended;
}

function killAll(mark: string): void {
  for (let left = processesOf(mark); left.length > 0; left = processesOf(mark))
    for (const { pid } of left) send("SIGKILL", pid);
}

/** Runs a verb until one of its calls is held; undefined when it got as far as it can without. */
async function reach(
  { control }: World,
  one: Case,
  start: () => Command,
): Promise<{ command: Command; held?: { id: string; action: string; agent: string } }> {
  const { id } = await control.addFault({
    kind: "hold",
    action: "*",
    agent: one.steps === "terraform" ? "Terraform" : "",
    skip: one.step - 1,
    after: one.when === "after",
  });
  const command = start();
  const held = await waitUntil({
    description: `step ${one.step}`,
    timeoutSeconds: STEP_SECONDS,
    longestDelayMs: 100,
    probe: async () => {
      const found = (await control.faults()).find((fault) => fault.id === id)?.held;
      if (found) return { done: true, value: { id, ...found } };
      return command.hasEnded || command.said.includes(FURTHEST)
        ? { done: true, value: undefined }
        : { done: false, seen: command.said.slice(-300) };
    },
  });
  return { command, ...(held && { held }) };
}

/** Strikes while the call is held, and lets it go on unless its caller is dead and nobody sent it. */
async function strike(
  { control }: World,
  one: Case,
  command: Command,
  directory: string,
  held?: { id: string; agent: string },
) {
  const { who, blow, when } = one;
  let callerDied = who === "laptop" || held?.agent.includes("Terraform") === (who === "terraform");
  if (who === "laptop") {
    command.kill();
    killAll(command.mark);
    rmSync(folderOf(directory), { recursive: true, force: true });
  } else if (blow === "SIGKILL") {
    const victim = who === "cli" ? command : command.child(/^(terraform|tofu|ansible-playbook)$/);
    if (victim) send("SIGKILL", victim.pid);
  } else {
    callerDied = false;
    command.press();
    if (blow === "SIGINT twice") {
      await delay(PRESSES_MS);
      command.press();
    }
  }
  if (held) await control.release(held.id, callerDied && when === "before");
}

/** A second create must come as far as the first could have. */
async function createAgain(start: () => Command, problems: string[]): Promise<void> {
  const command = start();
  await waitUntil({
    description: "create to get as far as without the blow",
    timeoutSeconds: STEP_SECONDS,
    probe: async () =>
      command.hasEnded || command.said.includes(FURTHEST)
        ? { done: true, value: undefined }
        : { done: false, seen: command.said.slice(-300) },
  }).catch((error: Error) => problems.push(error.message));
  if (!command.said.includes(FURTHEST)) problems.push(`create again: ${command.said.slice(-800)}`);
  command.kill();
  await endOf(command, "create again", problems);
}

/** What runs, in the moment in which a dying process may still be seen. */
async function processesLeft(mark: string): Promise<string[]> {
  const names = () =>
    processesOf(mark).map(({ pid, args }) => `process ${pid} ${args.join(" ").slice(0, 120)}`);
  return waitUntil({
    description: "all processes to end",
    timeoutSeconds: 5,
    probe: async () =>
      names().length === 0 ? { done: true, value: [] } : { done: false, seen: names().join("; ") },
  }).catch(names);
}

export async function runCase(world: World, one: Case, recorded: Recorded): Promise<Outcome> {
  const began = Date.now();
  const mark = randomUUID();
  const directory = newFolder();
  const scratch = mkdtempSync(join(tmpdir(), "psd-"));
  const problems: string[] = [];
  const start = (...args: string[]) =>
    new Command(args, mark, { directory, env: { ...world.env, TMPDIR: scratch } });
  try {
    const before = new Set(await world.control.resources());
    if (one.verb === "destroy") await world.makeCluster(directory, recorded);
    const verb = one.verb === "create" ? ["create", CLUSTER] : ["destroy", CLUSTER, "--yes"];
    const { command, held } = await reach(world, one, () => start(...verb));
    const clusterId = clusterIdIn(directory);
    await strike(world, one, command, directory, held);
    if (!held) command.kill();
    await endOf(command, one.verb, problems);
    await world.control.removeFaults();
    if (one.again) await createAgain(() => start("create", CLUSTER), problems);

    const destroy = start("destroy", CLUSTER, "--yes");
    const code = await endOf(destroy, "destroy", problems);
    const isGone = code === 2 && destroy.said.includes(`There is no cluster "${CLUSTER}"`);
    if (code !== 0 && !isGone) problems.push(`destroy ended with ${code}: ${destroy.said.slice(-1500)}`);

    const left = [
      ...(await processesLeft(mark)),
      ...(await world.control.resources()).filter((name) => !before.has(name)),
      ...(await socketsLeft(clusterId)),
      ...filesLeft(directory),
      ...readdirSync(scratch, { recursive: true, encoding: "utf8" }).map((name) => `temporary file ${name}`),
    ];
    const hit = held && `${held.action} of ${held.agent.includes("Terraform") ? "Terraform" : "the CLI"}`;
    return { name: caseName(one), hit, seconds: (Date.now() - began) / 1000, left, problems };
  } finally {
    killAll(mark);
    await world.control.removeFaults();
    rmSync(directory, { recursive: true, force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}
