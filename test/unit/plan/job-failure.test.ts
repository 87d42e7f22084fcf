import { describe, expect, it } from "vitest";
import { explainJobFailure } from "../../../src/plan/job-failure.js";

const LOST =
  "26/11/22 WARN TaskSetManager: Lost task 1.0 in stage 0.0 (TID 1) (worker-2 executor 0): java.lang.OutOfMemoryError: Java heap space";

describe("why a job failed", () => {
  it.each([
    [
      "its own container was over its limit",
      { output: "", outOfMemory: ["job"] },
      /driver was killed.*driver\.memory/s,
    ],
    [
      "workers were over their limit",
      {
        output: `${LOST}\nERROR Lost executor 1 on worker-1`,
        outOfMemory: ["worker-2", "worker-1", "worker-2"],
      },
      /on worker-1 and worker-2: .*worker\.memory/s,
    ],
    [
      "an executor's heap was full",
      { output: LOST, outOfMemory: [] },
      /executor on worker-2 is full.*worker\.memory/s,
    ],
    [
      "an executor ended because its heap was full",
      {
        output: "ERROR TaskSchedulerImpl: Lost executor 3 on worker-1: Command exited with code 52",
        outOfMemory: [],
      },
      /executor on worker-1 is full/,
    ],
    [
      "the driver's heap was full",
      { output: "java.lang.OutOfMemoryError: Java heap space", outOfMemory: [] },
      /driver's heap is full.*driver\.memory/s,
    ],
    [
      "its file is not in the image",
      {
        output: "python: can't open file '/app/jobs/new.py': [Errno 2] No such file or directory",
        outOfMemory: [],
      },
      /\/app\/jobs\/new\.py is not in the cluster's image.*--build/s,
    ],
  ])("is told when %s", (_, job, told) => {
    expect(explainJobFailure(job)).toMatch(told);
  });

  it("is not another job's memory", () => {
    expect(explainJobFailure({ output: "ValueError: no", outOfMemory: ["worker-1"] })).toBeUndefined();
  });

  it("is left to the job's own traceback otherwise", () => {
    expect(explainJobFailure({ output: "ValueError: no", outOfMemory: [] })).toBeUndefined();
  });
});
