import { describe, expect, it } from "vitest";
import { planAwsSpark } from "../../../../src/plan/aws/spark-plan.js";
import { surroundingsOf } from "../../../../src/plan/aws/surroundings.js";
import { awsPlan, awsPlanRequest } from "../../../support/aws-plan.js";

const CONFIG = { workers: 3, spark: { conf: { "spark.a": "1" } }, driver: { memory: "1g" } };
const created = awsPlan({ config: CONFIG });
const shapes = { master: created.masterShape, worker: created.workerShape };
const { config, identity, image, expires, secrets } = awsPlanRequest({ config: CONFIG });
const surroundings = surroundingsOf(config, created.network.direct, undefined);
const place = { region: "eu-west-1", workers: 3, shapes, surroundings };
const running = { config, identity, image, expires, secrets, ...place };

describe("the plan of a cluster whose machines are there", () => {
  it("is what create planned for them, so that an update of nothing changes nothing", () => {
    expect(created).toMatchObject(planAwsSpark(running));
  });

  it("is for the workers that there are, whatever the config says by now", () => {
    const plan = planAwsSpark({ ...running, config: { ...config, workers: 9 } });
    expect(plan.workers).toBe(3);
    expect(plan.worker).toEqual(created.worker);
  });
});
