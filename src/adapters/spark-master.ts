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

export interface MasterState {
  readonly workers: readonly {
    readonly host: string;
    readonly alive: boolean;
    readonly cores: number;
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
    workers: state.workers.map(({ host, state: alive, cores, memory }) => ({
      host,
      alive: alive === "ALIVE",
      cores,
      memoryMiB: memory,
    })),
    applications: state.activeapps.map(({ id, name }) => ({ id, name })),
  };
}
