import { z } from "zod";
import { httpGet } from "./http.js";

const answer = z.object({
  status: z.string(),
  workers: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      state: z.string(),
      cores: z.int(),
      memory: z.int(),
      coresused: z.int(),
    }),
  ),
  activeapps: z.array(z.object({ id: z.string(), name: z.string() })),
});

const workerAnswer = z.object({
  executors: z.array(z.object({ id: z.union([z.int(), z.string()]), appid: z.string() })),
});

export interface MasterState {
  readonly workers: readonly {
    readonly id: string;
    readonly host: string;
    /** ALIVE, DECOMMISSIONED, DEAD or UNKNOWN. */
    readonly state: string;
    readonly alive: boolean;
    readonly cores: number;
    /** By applications; of a worker that was decommissioned, when it was. */
    readonly coresUsed: number;
    readonly memoryMiB: number;
  }[];
  readonly applications: readonly { readonly id: string; readonly name: string }[];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // While the master starts its UI answers with a page of HTML.
    return undefined;
  }
}

/** What the master's web API says; undefined while it does not answer. */
export async function readMaster(address: string): Promise<MasterState | undefined> {
  const response = await httpGet(`${address}/json/`);
  const state = answer.safeParse(parseJson(response?.body ?? "")).data;
  if (!state) return undefined;
  return {
    workers: state.workers.map(({ id, host, state: now, cores, coresused, memory }) => ({
      id,
      host,
      state: now,
      alive: now === "ALIVE",
      cores,
      coresUsed: coresused,
      memoryMiB: memory,
    })),
    applications: state.activeapps.map(({ id, name }) => ({ id, name })),
  };
}

/**
 * How many executors run on a worker, as it says itself through the master's proxy; undefined while it does not answer. The master
 * forgets the executors of a worker as soon as it is decommissioned.
 */
export async function executorsOf(address: string, workerId: string): Promise<number | undefined> {
  const response = await httpGet(`${address}/proxy/${workerId}/json/`);
  return workerAnswer.safeParse(parseJson(response?.body ?? "")).data?.executors.length;
}
