import { type CommandSpec, flag } from "./command.js";

export const build: CommandSpec = {
  name: "build",
  summary: "build the base image when it is absent, then the project's image",
  arguments: [],
  options: [
    { flags: "--no-cache", description: "build every layer of the project's image anew" },
    {
      flags: "--push-base",
      description: "also put the base image into image.registry, where teammates' builds find it",
    },
  ],
  examples: ["pyspark-deploy build", "pyspark-deploy build --push-base"],
  async run(context, _words, options) {
    const [{ buildImages }, { Session }] = await Promise.all([
      import("../workflows/build.js"),
      import("../workflows/session.js"),
    ]);
    const built = await buildImages(new Session(context), {
      force: options.cache === false,
      pushBase: flag(options.pushBase),
    });
    return { json: built, text: built.image };
  },
};
