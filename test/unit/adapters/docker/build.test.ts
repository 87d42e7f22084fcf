import { describe, expect, it } from "vitest";
import { failingStep } from "../../../../src/adapters/docker/build.js";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe("the failing step of a build", () => {
  it("is the legacy builder's last step", () => {
    const lines = ["Step 1/2 : FROM x", " ---> 123", "Step 2/2 : RUN false", " ---> Running in 4", "oh no"];
    expect(failingStep(lines)).toEqual(["Step 2/2 : RUN false", " ---> Running in 4", "oh no"]);
  });

  it("is what BuildKit repeats at the end", () => {
    const block = [" > [2/2] RUN false:", "0.1 oh no", "------", "Dockerfile:2", "ERROR: failed to solve"];
    expect(failingStep(["#1 [1/2] FROM x", "#2 0.1 oh no", "#2 ERROR", "------", ...block])).toEqual(block);
  });

  it("is cut in the middle when it is long: its command and its end stay", () => {
    const cut = failingStep(["Step 1/1 : RUN seq", ...numbers(500)]);
    expect(cut).toHaveLength(41);
    expect([cut[0], cut[1], cut.at(-1)]).toEqual(["Step 1/1 : RUN seq", "… 461 lines", "499"]);
  });

  it("is everything when no step can be told", () => {
    expect(failingStep(["unable to prepare context", ""])).toEqual(["unable to prepare context"]);
  });
});
