import { ExitCode, UserError } from "../../errors.js";
import { describeBoot } from "../boot-status.js";
import type { AnsibleEvent } from "./events.js";

/** Ssh's own words, without the options that Ansible called it with. */
function sshReason(message: string): string {
  const lines = message
    .replace(/^Failed to connect to the host via ssh: /, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^(Warning: Permanently added|@+|debug\d)/.test(line));
  return lines.at(-1) ?? "no reason given";
}

function describe({ host, task, phase, message = "", report, output }: AnsibleEvent): string {
  if (phase === "unreachable") return `${host} can't be reached by SSH: ${sshReason(message)}`;
  const text = message === "" ? (output?.trim().split("\n").at(-1) ?? "no reason given") : message;
  const step = report === undefined || Object.keys(report).length === 0 ? ` ("${task}")` : "";
  return `${host}${step}: ${text}`;
}

function details({ host, report, output }: AnsibleEvent): string[] {
  const lines = [...describeBoot(report?.boot), ...(report?.lines ?? [])];
  const all = lines.length > 0 ? lines : (output ?? "").trim().split("\n").slice(-10);
  return all.filter((line) => line !== "").map((line) => `${host}: ${line}`);
}

/** More hosts than this fail for one reason; the first ones tell it. */
const SHOWN = 5;

function hintFor(failures: readonly AnsibleEvent[]): string {
  const messages = failures.map(({ message = "" }) => message).join("\n");
  if (/REMOTE HOST IDENTIFICATION|host key verification failed/i.test(messages))
    return "Another machine answers at this address, or its key was changed: destroy the cluster and create it again.";
  if (/permission denied \(publickey/i.test(messages))
    return "The cluster's key does not fit these hosts: destroy the cluster and create it again.";
  if (failures.some(({ phase }) => phase === "unreachable"))
    return "Is SSH allowed from your address? Then run the command again: what is done stays done.";
  if (/manifest unknown|not found|no such image/i.test(messages))
    return "Push the image, then run the command again: pyspark-deploy push";
  return "Mend it, then run the command again: what is done stays done.";
}

/** What went wrong on which hosts: their boot and the last lines of what failed under it. */
export function configureFailure(failures: readonly AnsibleEvent[]): UserError {
  const shown = failures.slice(0, SHOWN);
  const rest = failures.length - shown.length;
  return new UserError({
    exitCode: ExitCode.notReady,
    message: [...shown.map(describe), ...(rest > 0 ? [`… and ${rest} more hosts`] : [])].join("\n"),
    hint: hintFor(failures),
    output: shown.flatMap(details).join("\n"),
  });
}

/** Ansible ended before it reached a host: a mistake of its set-up, or of ours. */
export function ansibleFailure(output: string): UserError {
  return new UserError({
    exitCode: ExitCode.notReady,
    message: "Ansible could not configure the hosts.",
    hint: "Run the command again with --verbose.",
    output: output.trim().split("\n").slice(-15).join("\n"),
  });
}
