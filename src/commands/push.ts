import type { CommandSpec } from "./command.js";
import { PROFILE_ARGUMENT } from "./shared.js";

export const push: CommandSpec = {
  name: "push",
  summary: "put the project's image into image.registry, or ECR; only missing layers travel",
  arguments: [PROFILE_ARGUMENT],
  options: [],
  examples: ["pyspark-deploy push", "pyspark-deploy push big --json"],
  async run(context, [profile]) {
    const { pushProject } = await import("../workflows/push.js");
    const { Session } = await import("../workflows/session.js");
    const { awsScope, ecrRepository } = await import("../workflows/aws-scope.js");
    const session = new Session(context, profile);
    const pushed = await pushProject(session, {
      scope: awsScope(session),
      repository: ecrRepository(session),
    });
    return { json: pushed, text: pushed.reference };
  },
};
