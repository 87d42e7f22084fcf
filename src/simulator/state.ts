import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Credentials } from "./metadata.js";

/** What `start` asks of the supervisor. */
export interface SimulatorSpec {
  readonly directory: string;
  /** The folder of programs of the API server's Python environment. */
  readonly programs: string;
  /** Images of hosts and of the S3 server; without `host` there is the API alone. */
  readonly images: { readonly host?: string; readonly s3?: string };
  /** Hosts without systemd and Docker engine, of which hundreds can run. */
  readonly light: boolean;
  readonly profileDelaySeconds: number;
  readonly terminationSeconds: number;
  /** The network that is there from the start, as VPCs have it by default. */
  readonly cidr: string;
}

export interface HostState {
  readonly instance: string;
  readonly address: string;
  readonly container: string;
  /** "changing": something is being done to it, and how its container looks says nothing. */
  readonly state: "booting" | "running" | "stopped" | "changing";
  /** How many of the instance's reboots it has made. */
  readonly reboots: number;
}

/** What the supervisor, its only writer, says of the simulator. */
export interface SimulatorState {
  readonly phase: "starting" | "ready" | "failed";
  readonly pid: number;
  readonly started: string;
  /** Why it failed. */
  readonly error?: string;
  /** Where this machine finds the API and the control endpoint. */
  readonly endpoint?: string;
  /** Where hosts find the API. */
  readonly hostEndpoint?: string;
  /** ADDRESS:PORT. */
  readonly registry?: string;
  readonly s3?: string;
  readonly credentials: Credentials;
  readonly hosts: readonly HostState[];
}

const specFile = (directory: string) => join(directory, "spec.json");
const stateFile = (directory: string) => join(directory, "state.json");

/** Secrets are in both: only the user may read them. */
const write = (file: string, value: unknown) =>
  writeFileAtomic(file, JSON.stringify(value, undefined, 2), { mode: 0o600 });

async function read<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

export const writeSpec = (spec: SimulatorSpec) => write(specFile(spec.directory), spec);
export const readSpec = (directory: string) => read<SimulatorSpec>(specFile(directory));
export const writeState = (directory: string, state: SimulatorState) => write(stateFile(directory), state);
export const readState = (directory: string) => read<SimulatorState>(stateFile(directory));
