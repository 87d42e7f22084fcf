import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DOCUMENTS } from "../../../scripts/docs/index.js";

const root = new URL("../../../", import.meta.url);

// `npm run docs` runs this file with --update, which writes what `render` gives.
describe("generated documents", () => {
  it.each(DOCUMENTS)("$path is up to date (npm run docs)", async ({ path, render }) => {
    await expect(render()).toMatchFileSnapshot(fileURLToPath(new URL(path, root)));
  });
});
