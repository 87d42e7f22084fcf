import { hostname } from "node:os";

export interface EngineFacts {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly architecture: string;
  readonly version: string;
  /** Where the engine keeps images and volumes, on its own machine. */
  readonly rootDirectory: string;
  /** True when the engine runs on this machine itself: not in a virtual machine, not at the end of a connection. */
  readonly isHere: boolean;
}

interface RawInfo {
  readonly NCPU?: number;
  readonly MemTotal?: number;
  readonly Architecture?: string;
  readonly ServerVersion?: string;
  readonly DockerRootDir?: string;
  readonly Name?: string;
  readonly OperatingSystem?: string;
  readonly ServerErrors?: readonly string[];
}

/** Reads what `docker info --format '{{json .}}'` prints; some clients tell of an unreachable engine in there. */
export function parseInfo(
  json: string,
): { readonly failure: string } | { readonly failure: undefined; readonly facts: EngineFacts } {
  const info = JSON.parse(json) as RawInfo;
  const failure = info.ServerErrors?.[0];
  if (failure !== undefined) return { failure };
  return {
    failure,
    facts: {
      cores: info.NCPU ?? 1,
      memoryBytes: info.MemTotal ?? 0,
      architecture: info.Architecture ?? "unknown",
      version: info.ServerVersion ?? "unknown",
      rootDirectory: info.DockerRootDir ?? "",
      isHere: info.Name === hostname() && info.OperatingSystem !== "Docker Desktop",
    },
  };
}
