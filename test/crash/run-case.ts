import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "../../src/wait.js";
import { type Case, caseName } from "./cases.js";
import { Command, processesOf, send } from "./processes.js";
import { SshTrap } from "./ssh-trap.js";
import {
  CLUSTER,
  changeConfig,
  clusterIdIn,
  filesLeft,
  folderOf,
  newFolder,
  type Recorded,
  socketsLeft,
  VERBS,
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

/** A step that waits for its end. */
interface Held {
  readonly what: string;
  readonly byTerraform: boolean;
  /** `drop`: as if it had never begun. */
  release(drop: boolean): Promise<unknown>;
}

/** Ready to hold a case's step when it comes. */
interface Trap {
  readonly env: Readonly<Record<string, string>>;
  held(): Promise<Held | undefined>;
}

async function setTrap({ control }: World, { steps, step, when }: Case): Promise<Trap> {
  if (steps === "ssh") {
    const trap = new SshTrap(step, when);
    const held = { what: "ssh", byTerraform: false, release: async () => trap.release() };
    return { env: trap.env, held: async () => (trap.isHeld ? held : undefined) };
  }
  const { id } = await control.addFault({
    kind: "hold",
    action: "*",
    agent: steps === "terraform" ? "Terraform" : "",
    skip: step - 1,
    after: when === "after",
  });
  const held = async () => {
    const found = (await control.faults()).find((fault) => fault.id === id)?.held;
    if (!found) return undefined;
    const byTerraform = found.agent.includes("Terraform");
    const what = `${found.action} of ${byTerraform ? "Terraform" : "the CLI"}`;
    return { what, byTerraform, release: (drop: boolean) => control.release(id, drop) };
  };
  return { env: {}, held };
}

/** Waits until a step is held; undefined when the verb got as far as it can without. */
const reach = ({ furthest }: World, command: Command, trap: Trap): Promise<Held | undefined> =>
  waitUntil({
    description: "the step",
    timeoutSeconds: STEP_SECONDS,
    longestDelayMs: 250,
    probe: async () => {
      const held = await trap.held();
      if (held) return { done: true, value: held };
      return command.hasEnded || (furthest !== undefined && command.said.includes(furthest))
        ? { done: true, value: undefined }
        : { done: false, seen: command.said.slice(-300) };
    },
  });

/** Strikes while the step is held, and lets it go on unless who would have taken it is dead. */
async function strike(
  one: Case,
  command: Command,
  { directory, scratch }: { readonly directory: string; readonly scratch: string },
  held?: Held,
): Promise<void> {
  const { who, blow, when } = one;
  let callerDied = who === "laptop" || held?.byTerraform === (who === "terraform");
  if (who === "laptop") {
    command.kill();
    killAll(command.mark);
    rmSync(folderOf(directory), { recursive: true, force: true });
    // As at every start of a machine.
    for (const name of readdirSync(scratch)) rmSync(join(scratch, name), { recursive: true });
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
  await held?.release(callerDied && when === "before");
}

/** A second create must come as far as the first could have, or say what to do. */
async function createAgain(
  { furthest = " is ready" }: World,
  start: () => Command,
  problems: string[],
): Promise<void> {
  const command = start();
  await waitUntil({
    description: "create to get as far as without the blow",
    timeoutSeconds: STEP_SECONDS,
    probe: async () =>
      command.hasEnded || command.said.includes(furthest)
        ? { done: true, value: undefined }
        : { done: false, seen: command.said.slice(-300) },
  }).catch((error: Error) => problems.push(error.message));
  const saysWhat = command.said.includes(`remove it: pyspark-deploy destroy ${CLUSTER}`);
  if (!saysWhat && !command.said.includes(furthest))
    problems.push(`create again: ${command.said.slice(-800)}`);
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

/** What a verb needs to be there. */
async function prepare(
  world: World,
  { verb }: Case,
  directory: string,
  recorded: Recorded | undefined,
  create: () => Command,
): Promise<void> {
  if (verb === "create") return;
  if (world.furthest !== undefined) return world.makeCluster(directory, recorded);
  const command = create();
  if ((await command.ended) !== 0) throw new Error(command.said);
  if (verb === "update") changeConfig(directory);
}

export async function runCase(world: World, one: Case, recorded?: Recorded): Promise<Outcome> {
  const began = Date.now();
  const mark = randomUUID();
  const directory = newFolder();
  const scratch = mkdtempSync(join(tmpdir(), "psd-"));
  const problems: string[] = [];
  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    new Command(args, mark, { directory, env: { ...world.env, TMPDIR: scratch, ...more } });
  try {
    const before = new Set(await world.control.resources());
    await prepare(world, one, directory, recorded, () => start(VERBS.create));
    const trap = await setTrap(world, one);
    const command = start(VERBS[one.verb], trap.env);
    const held = await reach(world, command, trap);
    const clusterId = clusterIdIn(directory);
    await strike(one, command, { directory, scratch }, held);
    if (!held) command.kill();
    await endOf(command, one.verb, problems);
    await world.control.removeFaults();
    if (one.again && one.verb === "create") await createAgain(world, () => start(VERBS.create), problems);
    else if (one.again) {
      const again = start(VERBS[one.verb]);
      const code = await endOf(again, `${one.verb} again`, problems);
      if (code !== 0) problems.push(`${one.verb} again ended with ${code}: ${again.said.slice(-1500)}`);
    }

    const destroy = start(VERBS.destroy);
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
    return { name: caseName(one), hit: held?.what, seconds: (Date.now() - began) / 1000, left, problems };
  } finally {
    killAll(mark);
    await world.control.removeFaults();
    rmSync(directory, { recursive: true, force: true });
    rmSync(scratch, { recursive: true, force: true });
  }
}
