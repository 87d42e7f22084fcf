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
    const pushed = await pushProject(new Session(context, profile));
    return { json: pushed, text: pushed.reference };
  },
};
