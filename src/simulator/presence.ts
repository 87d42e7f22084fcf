import { connect, createServer, type Server } from "node:net";

/** A name that Linux frees when the process that holds it ends, however it ends. */
const socketOf = (id: string) => `\0pyspark-deploy-simulator-${id}`;

/** Makes this process the supervisor of a simulator; undefined when there is one already. */
export function takePresence(id: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end(String(process.pid));
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(socketOf(id), () => resolve(server));
  });
}

/** The process id of a simulator's supervisor; undefined when none lives. */
export function findSupervisor(id: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(id));
    let said = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      said += chunk;
    });
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(said === "" ? undefined : Number(said)));
  });
}
