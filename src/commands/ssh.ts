import { type CommandSpec, flag } from "./command.js";
import { CLUSTER_ARGUMENT } from "./shared.js";

/** What a single word can only mean. */
const NODE = /^(master|driver|worker-\d+)$/;

export const ssh: CommandSpec = {
  name: "ssh",
  summary: "a shell on one of the cluster's hosts, host keys checked",
  arguments: [
    CLUSTER_ARGUMENT,
    {
      name: "[node]",
      description: "the host: master (default), worker-1 …",
      complete: ["master", "worker-1"],
    },
    { name: "[words...]", description: "after --: a command to run there instead of a shell" },
  ],
  options: [
    {
      flags: "--print-config",
      description: "print an ssh_config of the hosts, for an Include line in your ~/.ssh/config",
    },
  ],
  exitCodes: "that of the shell or command",
  examples: [
    "pyspark-deploy ssh",
    "pyspark-deploy ssh aws worker-1",
    "pyspark-deploy ssh aws master -- docker ps",
    "pyspark-deploy ssh aws --print-config    # then: ssh aws-master",
  ],
  passThroughFrom: /^--$/,
  async run(context, words, options) {
    const { shellOnHost, sshInclude } = await import("../workflows/ssh.js");
    const { Session } = await import("../workflows/session.js");
    const session = new Session(context);
    const at = words.includes("--") ? words.indexOf("--") : words.length;
    const named = words.slice(0, at);
    const node = named.length === 2 || NODE.test(named.at(-1) ?? "") ? named.at(-1) : "master";
    const cluster = node === named[0] ? undefined : named[0];
    if (flag(options.printConfig)) {
      const config = await sshInclude(session, cluster);
      return { text: config.trimEnd(), json: { config } };
    }
    return { exitCode: await shellOnHost(session, cluster, node ?? "master", words.slice(at + 1)) };
  },
};
