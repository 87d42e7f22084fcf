// When the hosts of a new cluster booted, pulled the image and started Spark, as they themselves tell.
import { run } from "./aws-lib.mjs";

const HOST_FILTER = [
  "--filter",
  "label=pyspark-deploy:simulator",
  "--filter",
  "label=pyspark-deploy:role=host",
];
const DAEMON = /_(master|worker-\d+)$/;
const SERVES = /I have been elected leader|Successfully registered with master/;

const docker = async (...args) => (await run("docker", args)).stdout.trim();
const onHost = (host, ...args) => docker("exec", host, ...args);
/** Docker prints nanoseconds, which Date does not read. */
const unixSeconds = (text) => Date.parse(text.replace(/(\.\d{3})\d*/, "$1")) / 1000;

/** The host's boot: from its start until sshd listens. */
async function bootOf(host) {
  const [started, ssh] = await Promise.all([
    docker("inspect", "--format", "{{.State.StartedAt}}", host),
    onHost(host, "systemctl", "show", "ssh.service", "--property=ActiveEnterTimestamp", "--timestamp=us+utc"),
  ]);
  const [, day, time] = /=\w+ (\S+) (\S+) UTC/.exec(ssh);
  return { from: unixSeconds(started), to: unixSeconds(`${day}T${time}Z`) };
}

/** The pull of the image with its unpacking, which boot begins. */
async function pullOf(host) {
  const { pull } = JSON.parse(await onHost(host, "cat", "/run/pyspark-deploy/boot.json"));
  if (pull?.state !== "done") throw new Error(`${host}: the image's pull is ${pull?.state}`);
  return { from: pull.started, to: pull.started + pull.seconds };
}

/** The start of a host's Spark daemon: from its container's start until the daemon says that it serves. */
async function daemonOf(host) {
  const names = (await onHost(host, "docker", "ps", "--format", "{{.Names}}")).split("\n");
  const daemon = names.find((name) => DAEMON.test(name));
  if (daemon === undefined) throw new Error(`${host} runs no Spark daemon`);
  const started = await onHost(host, "docker", "inspect", "--format", "{{.State.StartedAt}}", daemon);
  const { stdout, stderr } = await run("docker", ["exec", host, "docker", "logs", "--timestamps", daemon]);
  const line = `${stdout}\n${stderr}`.split("\n").find((one) => SERVES.test(one));
  if (line === undefined) throw new Error(`${daemon} does not say that it serves`);
  return { from: unixSeconds(started), to: unixSeconds(line.split(" ")[0]) };
}

/** Spans in Unix seconds, over all hosts that run. */
export async function hostSpans() {
  const hosts = (await docker("ps", "--quiet", ...HOST_FILTER)).split("\n");
  const all = (spanOf) => Promise.all(hosts.map(spanOf));
  return { boot: await all(bootOf), "pull and unpack": await all(pullOf), JVM: await all(daemonOf) };
}

/** How many seconds of `within` some of the spans cover. */
export function coveredSeconds(spans, { from, to }) {
  const clipped = spans
    .map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }))
    .sort((a, b) => a.from - b.from);
  let covered = 0;
  let reached = from;
  for (const span of clipped) {
    covered += Math.max(0, span.to - Math.max(span.from, reached));
    reached = Math.max(reached, span.to);
  }
  return covered;
}
