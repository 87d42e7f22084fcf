import type { Context } from "../context.js";
import { ExitCode, UserError } from "../errors.js";
import type { FaultRequest } from "../simulator/api.js";
import { HOST_KINDS, type HostKind } from "../simulator/host-kind.js";
import type { Simulator } from "../simulator/simulator.js";
import { type CommandResult, type CommandSpec, flag, list, type Options, text } from "./command.js";

const number = (options: Options, name: string): number | undefined => {
  const given = text(options[name]);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `"${given}" is no number.`,
    hint: `Write a number that is not negative, such as 0 or 15.`,
  });
};

function hostKind(given = "full"): HostKind {
  const kind = HOST_KINDS.find((one) => one === given);
  if (kind) return kind;
  throw new UserError({
    exitCode: ExitCode.usage,
    message: `There are no "${given}" hosts.`,
    hint: `Hosts are ${HOST_KINDS.join(", ")}.`,
  });
}

/** Only what was given: the simulator has the defaults. */
function faultOf(action: string | undefined, options: Options): FaultRequest {
  const numbers = ["status", "seconds", "count", "skip", "times"] as const;
  const texts = ["kind", "code", "message", "body"] as const;
  const entries = [
    ["action", action],
    ...texts.map((name) => [name, text(options[name])]),
    ...numbers.map((name) => [name, number(options, name)]),
    ["types", options.type === undefined ? undefined : list(options.type)],
    ["zones", options.zone === undefined ? undefined : list(options.zone)],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

async function start(context: Context, options: Options): Promise<CommandResult> {
  const { Session } = await import("../workflows/session.js");
  const { Simulator: Starter } = await import("../simulator/simulator.js");
  const { assetPath } = await import("../assets.js");
  const { loadConfig } = await import("../config/load.js");
  const { directory, env, report, signal } = context;
  const loaded = loadConfig({ directory, file: assetPath("simulator/pyspark-deploy.yaml"), env });
  const session = new Session(context, undefined, loaded);
  const simulator = await Starter.start({
    env,
    report,
    signal,
    hosts: hostKind(text(options.hosts)),
    s3Image: () => session.images.s3(),
    build: loaded.config.image.build,
    profileDelaySeconds: number(options, "profileDelay"),
    terminationSeconds: number(options, "termination"),
  });
  return {
    json: { directory: simulator.directory, registry: simulator.registry, env: simulator.env },
    text: 'The simulated AWS runs. To use it: eval "$(pyspark-deploy simulator env)"',
  };
}

async function running(context: Context): Promise<Simulator> {
  const { Simulator: Finder } = await import("../simulator/simulator.js");
  const found = await Finder.find({ env: context.env });
  if (found) return found;
  throw new UserError({
    exitCode: ExitCode.notReady,
    message: "The simulated AWS does not run.",
    hint: "Start it: pyspark-deploy simulator start",
  });
}

async function stop(context: Context, options: Options): Promise<CommandResult> {
  const { Simulator: Stopper } = await import("../simulator/simulator.js");
  const stopped = await Stopper.stop({ env: context.env });
  const text = stopped ? "The simulated AWS is gone." : "There was none.";
  if (!flag(options.all)) return { json: { stopped }, text };
  const others = await Stopper.removeKilled(context.env);
  return { json: { stopped, others }, text: `${text} Of others that were killed: ${others} removed.` };
}

async function env(context: Context): Promise<CommandResult> {
  const simulator = await running(context);
  const lines = Object.entries(simulator.env).map(([name, value]) => `export ${name}='${value}'`);
  return { json: simulator.env, text: lines.join("\n") };
}

async function requests(context: Context): Promise<CommandResult> {
  const found = await (await running(context)).requests();
  const lines = found.map(({ time, service, action, status, milliseconds, error, fault }) => {
    const clock = new Date(time * 1000).toISOString().slice(11, 23);
    const outcome = [String(status), error, fault && `(${fault})`].filter(Boolean).join(" ");
    return `${clock} ${service.padEnd(8)} ${action.padEnd(32)} ${milliseconds.toFixed(0).padStart(6)} ms  ${outcome}`;
  });
  return { json: found, text: lines.join("\n") };
}

async function fault(context: Context, action: string | undefined, options: Options): Promise<CommandResult> {
  const simulator = await running(context);
  if (flag(options.clear)) {
    const removed = await simulator.clearFaults();
    return { json: { removed }, text: `${removed} faults removed` };
  }
  if (action !== undefined || options.kind !== undefined) {
    const made = await simulator.fault(faultOf(action, options));
    return { json: made, text: `${made.id}: ${made.kind} at ${made.action}` };
  }
  const all = await simulator.faults();
  const lines = all.map(
    ({ id, kind, action: at, code, seen }) => `${id}: ${kind} at ${at}, ${code}, ${seen} calls`,
  );
  return { json: all, text: lines.join("\n") };
}

/** As long as EC2 gives. */
const NOTICE_SECONDS = 120;

async function interrupt(
  context: Context,
  word: string | undefined,
  options: Options,
): Promise<CommandResult> {
  const simulator = await running(context);
  const { instanceOf } = await import("../workflows/instances.js");
  const { Session } = await import("../workflows/session.js");
  const instance = await instanceOf(new Session(context), word);
  const seconds = number(options, "after") ?? NOTICE_SECONDS;
  await simulator.interrupt(instance, seconds);
  return { json: { instance, seconds }, text: `${instance} has its notice, and ends in ${seconds} s.` };
}

async function status(context: Context): Promise<CommandResult> {
  const simulator = await running(context);
  const [hosts, settings] = await Promise.all([simulator.hosts(), simulator.settings()]);
  const lines = hosts.map(({ instance, address, state }) => `  ${instance}  ${address.padEnd(15)} ${state}`);
  return {
    json: { ...settings, registry: simulator.registry, hosts },
    text: [`The simulated AWS runs: ${hosts.length} hosts`, ...lines].join("\n"),
  };
}

/** Not for people: the process that `start` leaves behind. */
async function supervise(context: Context, directory: string): Promise<CommandResult> {
  const { supervise: run } = await import("../simulator/supervisor.js");
  await run(directory, context.signal, (line) => context.report.note(line));
  return {};
}

const ACTIONS = ["start", "stop", "env", "status", "requests", "fault", "interrupt"];

export const simulator: CommandSpec = {
  name: "simulator",
  summary: "a simulated AWS on this machine (Linux): EC2 hosts that boot, ECR, S3; see docs/simulator.md",
  arguments: [
    {
      name: "<action>",
      description: "start, stop, env, status, requests, fault or interrupt",
      complete: ACTIONS,
    },
    {
      name: "[target]",
      description:
        "fault: the API call to hit, such as CreateFleet; interrupt: a spot instance's id, or a node of this project",
    },
  ],
  options: [
    {
      flags: "--hosts <kind>",
      description:
        "start: full (default), light (sshd alone; hundreds fit) or none (the API without registry and S3)",
      complete: [...HOST_KINDS],
    },
    { flags: "--profile-delay <seconds>", description: "start: until EC2 sees a new instance profile (15)" },
    { flags: "--termination <seconds>", description: "start: how long instances are shutting-down (10)" },
    {
      flags: "--kind <kind>",
      description: "fault: error (default), hang, body, capacity or short",
      complete: ["error", "hang", "body", "capacity", "short"],
    },
    { flags: "--code <code>", description: "fault: the error's code, such as RequestLimitExceeded" },
    { flags: "--message <text>", description: "fault: the error's message" },
    { flags: "--status <status>", description: "fault: the HTTP status (400)" },
    { flags: "--body <text>", description: "fault: what is answered instead" },
    { flags: "--seconds <seconds>", description: "fault: how long a call hangs" },
    {
      flags: "--type <type>",
      description: "fault: an instance type without capacity; may be repeated",
      repeat: true,
    },
    { flags: "--zone <zone>", description: "fault: a zone without capacity; may be repeated", repeat: true },
    { flags: "--count <count>", description: "fault: how many instances a short fleet gets" },
    { flags: "--skip <calls>", description: "fault: calls that pass first" },
    { flags: "--times <calls>", description: "fault: calls that are hit (1; for capacity and short all)" },
    {
      flags: "--after <seconds>",
      description: "interrupt: from the notice to the end of the instance (120)",
    },
    { flags: "--clear", description: "fault: remove all faults" },
    {
      flags: "--all",
      description:
        "stop: also what simulators of other folders left in this Docker engine when they were killed",
    },
  ],
  examples: [
    "pyspark-deploy simulator start",
    "pyspark-deploy simulator start --hosts light",
    'eval "$(pyspark-deploy simulator env)"',
    "pyspark-deploy simulator fault CreateFleet --kind capacity --type m6i.large",
    "pyspark-deploy simulator fault RunInstances --code RequestLimitExceeded --status 503 --times 3",
    "pyspark-deploy simulator interrupt worker-2 --after 60",
    "pyspark-deploy simulator stop",
    "pyspark-deploy simulator stop --all",
  ],
  async run(context, [action = "", word], options) {
    switch (action) {
      case "start":
        return start(context, options);
      case "stop":
        return stop(context, options);
      case "env":
        return env(context);
      case "status":
        return status(context);
      case "requests":
        return requests(context);
      case "fault":
        return fault(context, word, options);
      case "interrupt":
        return interrupt(context, word, options);
      case "supervise":
        return supervise(context, word ?? "");
      default:
        throw new UserError({
          exitCode: ExitCode.usage,
          message: `The simulator can't "${action}".`,
          hint: `It can: ${ACTIONS.join(", ")}.`,
        });
    }
  },
};
