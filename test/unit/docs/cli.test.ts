import { expect, it } from "vitest";
import { render } from "../../../scripts/docs/cli.js";

// `npm run docs` writes the file, by running this test with --update.
it("docs/cli.md is what the verbs say of themselves", async () => {
  await expect(render()).toMatchFileSnapshot("../../../docs/cli.md");
});
