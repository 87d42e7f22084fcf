import { build } from "./build.js";
import type { CommandSpec, OptionSpec } from "./command.js";
import { completion } from "./completion.js";
import { config } from "./config.js";
import { cp } from "./cp.js";
import { create } from "./create.js";
import { destroy } from "./destroy.js";
import { doctor } from "./doctor.js";
import { exec } from "./exec.js";
import { extend } from "./extend.js";
import { init } from "./init.js";
import { list } from "./list.js";
import { login } from "./login.js";
import { logs } from "./logs.js";
import { plan } from "./plan.js";
import { push } from "./push.js";
import { repair } from "./repair.js";
import { run } from "./run.js";
import { scale } from "./scale.js";
import { simulator } from "./simulator.js";
import { ssh } from "./ssh.js";
import { status } from "./status.js";
import { submit } from "./submit.js";
import { test } from "./test.js";
import { update } from "./update.js";
import { version } from "./version.js";

/** The verbs, in the order of a day's work. */
export const COMMANDS: readonly CommandSpec[] = [
  init,
  build,
  push,
  plan,
  create,
  status,
  list,
  submit,
  update,
  run,
  test,
  login,
  ssh,
  exec,
  logs,
  cp,
  scale,
  repair,
  extend,
  destroy,
  config,
  doctor,
  simulator,
  version,
  completion,
];

/** What every verb understands, before or after its name. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: "--json",
    description: "print one JSON object on standard output, events as JSON lines on standard error",
  },
  { flags: "-q, --quiet", description: "print warnings and errors only" },
  { flags: "-v, --verbose", description: "print every step's output and every command that is started" },
  {
    flags: "--config <file>",
    description: "the config file to use instead of pyspark-deploy.yaml",
    complete: "file",
  },
  {
    flags: "-C, --directory <folder>",
    description: "work as if started in this folder",
    complete: "directory",
  },
];
