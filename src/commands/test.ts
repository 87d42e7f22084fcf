import type { CommandSpec } from "./command.js";

export const test: CommandSpec = {
  name: "test",
  summary: "run the project's pytest in the project's image with a local Spark session",
  arguments: [{ name: "[words...]", description: "after --: arguments for pytest" }],
  options: [],
  examples: ["pyspark-deploy test", "pyspark-deploy test -- -k delays -x"],
  exitCodes: "pytest's own code, once it runs",
  passThroughFrom: /^--$/,
  async run(context, words) {
    const { testProject } = await import("../workflows/test.js");
    const { Session } = await import("../workflows/session.js");
    const at = words.indexOf("--");
    return { exitCode: await testProject(new Session(context), at < 0 ? words : words.slice(at + 1)) };
  },
};
