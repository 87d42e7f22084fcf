import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface FakeWorker {
  readonly host: string;
  state: string;
  coresused?: number;
  /** Those that the worker itself says it has; undefined: it does not answer. */
  executors?: number | undefined;
}

/** A master's web API with workers as a test wants them. */
export async function fakeMaster(
  workers: readonly FakeWorker[],
  size: { readonly cores: number; readonly memory: number } = { cores: 2, memory: 512 },
) {
  const answer = (url: string): object | undefined => {
    const id = /^\/proxy\/([^/]+)\/json\/$/.exec(url)?.[1];
    if (id === undefined)
      return {
        status: "ALIVE",
        workers: workers.map(({ host, state, coresused = 0 }) => ({
          ...{ id: `id-${host}`, host, state, coresused, ...size },
        })),
        activeapps: [],
      };
    const executors = workers.find(({ host }) => id === `id-${host}`)?.executors;
    return executors === undefined
      ? undefined
      : { executors: Array.from({ length: executors }, (_, index) => ({ id: index, appid: "app-1" })) };
  };
  const server = createServer(({ url = "" }, response) => {
    const body = answer(url);
    response.writeHead(body ? 200 : 500).end(JSON.stringify(body ?? {}));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    ui: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}
