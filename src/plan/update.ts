import type { Config } from "../config/schema.js";
import type { PlannedFile, PlannedImage } from "./cluster-plan.js";

/** What differs, and how; both are absent where only that it differs can be told. */
export interface Change {
  readonly what: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** What of a cluster an update can change. */
export interface Updatable {
  readonly image: Pick<PlannedImage, "parityKey">;
  readonly confFiles: readonly PlannedFile[];
  readonly workerCores: number;
  readonly workerMemoryBytes: number;
}

const PROPERTIES = "spark-defaults.conf";

const shortKey = (key: string) => key.replace(/^sha256:/, "").slice(0, 12);

/** The lines of a file that `formatProperties` wrote, by property. */
function propertiesOf(files: readonly PlannedFile[]): ReadonlyMap<string, string> {
  const text = files.find(({ path }) => path === PROPERTIES)?.content ?? "";
  const lines = text.split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [key = "", ...value] = line.split(/(?<!\\) /);
      return [key, value.join(" ")];
    }),
  );
}

function changedProperties(before: Updatable, after: Updatable): Change[] {
  const [old, now] = [propertiesOf(before.confFiles), propertiesOf(after.confFiles)];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => ({ what: key, before: old.get(key) ?? "not set", after: now.get(key) ?? "not set" }));
}

function changedFiles(before: Updatable, after: Updatable): Change[] {
  const content = ({ confFiles }: Updatable, path: string) =>
    confFiles.find((file) => file.path === path)?.content;
  const paths = [...before.confFiles, ...after.confFiles].map(({ path }) => path);
  return [...new Set(paths)]
    .filter((path) => path !== PROPERTIES && content(before, path) !== content(after, path))
    .map((what) => ({ what }));
}

/** What an update changes; empty when the cluster is as it should be. Values of properties may be secret. */
export function changesOfUpdate(before: Updatable, after: Updatable): Change[] {
  const changed = (what: string, is: string | number, will: string | number): Change[] =>
    is === will ? [] : [{ what, before: String(is), after: String(will) }];
  return [
    ...changed("image", shortKey(before.image.parityKey), shortKey(after.image.parityKey)),
    ...changed("cores of a worker", before.workerCores, after.workerCores),
    ...changedProperties(before, after),
    ...changedFiles(before, after),
  ];
}

/** Keys of the config below `aws` that only new machines, or `extend`, put into effect. */
function changedMachines(before: Config, after: Config): string[] {
  const value = (config: Config, key: string) =>
    JSON.stringify((config.aws as Readonly<Record<string, unknown>>)[key]);
  const keys = new Set([...Object.keys(before.aws), ...Object.keys(after.aws)]);
  return [...keys].filter((key) => value(before, key) !== value(after, key)).map((key) => `aws.${key}`);
}

/** What has changed in the config that an update does not put onto a cluster: one sentence each. */
export function beyondUpdate(before: Config, after: Config): string[] {
  const machines = changedMachines(before, after);
  return [
    ...(before.workers === after.workers
      ? []
      : [
          `The number of workers stays: workers was ${before.workers} and is ${after.workers} in the config.`,
        ]),
    ...(machines.length === 0 || after.provider !== "aws"
      ? []
      : [`The machines stay as they are: ${machines.join(", ")} takes effect in the next cluster.`]),
  ];
}
