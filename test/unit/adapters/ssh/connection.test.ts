import { randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { closeConnections } from "../../../../src/adapters/ssh/connection.js";
import { socketDirectory, socketPrefix } from "../../../../src/adapters/ssh/sockets.js";

describe("the connections of a cluster", () => {
  it("leave nothing when their ssh is dead and no ssh_config is there, and those of others stay", async () => {
    const [dead, other] = [randomUUID(), randomUUID()];
    const directory = await socketDirectory();
    const file = (id: string, end: string) => join(directory, `${socketPrefix(id)}-${end}`);
    const names = ["master", "master.docker", "master.port", "worker-1.docker"].map((end) => file(dead, end));
    // Like the socket of an ssh that was killed: nobody listens.
    const socket = createServer();
    const listened = file(dead, "bastion");
    await new Promise<void>((ready) => socket.listen(listened, ready));
    for (const name of [...names, file(other, "master.port")]) writeFileSync(name, "");
    await new Promise((closed) => socket.close(closed));
    await closeConnections(dead);
    expect([...names, listened].filter(existsSync)).toEqual([]);
    expect(existsSync(file(other, "master.port"))).toBe(true);
    await closeConnections(other);
  });
});
