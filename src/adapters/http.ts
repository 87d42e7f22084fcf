import { get } from "node:http";
import { get as getSecurely } from "node:https";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const TIMEOUT_MS = 2000;

/**
 * A GET (over TLS with the certificate authority `ca`) that answers, or is undefined when nothing (yet) listens. Not fetch: undici's first request to a port whose
 * listener resets the connection, as Docker's proxy does while the container starts, waits for its whole time-out.
 */
export function httpGet(url: string, ca?: string): Promise<HttpAnswer | undefined> {
  return new Promise((resolve) => {
    const start: typeof get = url.startsWith("https:") ? getSecurely : get;
    const request = start(url, { agent: false, timeout: TIMEOUT_MS, ...(ca && { ca }) }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", () => resolve(undefined));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(undefined));
    request.on("close", () => resolve(undefined));
  });
}
