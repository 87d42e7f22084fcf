import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { leastPolicy } from "../../support/iam-policy.js";

const { text, statements } = leastPolicy();
const allowed = new Set(statements.flatMap(({ Action }) => Action));

/** The IAM actions that the AWS adapters name where they call: `ec2.call("DescribeVpcs", …)`. */
function actionsOfAdapters(): string[] {
  const folder = new URL("../../../src/adapters/aws/", import.meta.url);
  return readdirSync(folder).flatMap((name) => {
    const code = readFileSync(new URL(name, folder), "utf8");
    const prefix = /new Service\(\w+, "([a-z0-9-]+)"/.exec(code)?.[1] ?? "ec2";
    return [...code.matchAll(/(ec2Service\(\w+\))?\s*\.call\(\s*"(\w+)"/g)].map(
      ([, ec2, action]) => `${ec2 === undefined ? prefix : "ec2"}:${action}`,
    );
  });
}

describe("the least policy", () => {
  it("fits into one managed policy of AWS's", () => {
    expect(text.replace(/\s/g, "").length).toBeLessThan(6144);
  });

  it("allows every call of the AWS adapters", () => {
    const called = actionsOfAdapters();
    expect(called.length).toBeGreaterThan(40);
    // What is on S3 is a bucket of the user's own, for which docs/aws.md names the rights.
    const ours = [...new Set(called)].filter((action) => !action.startsWith("s3:"));
    expect(ours.filter((action) => !allowed.has(action))).toEqual([]);
  });

  it("lets the nodes' role be handed to EC2 and to nothing else", () => {
    expect(statements.filter(({ Action }) => Action.includes("iam:PassRole"))).toEqual([
      expect.objectContaining({
        Resource: ["arn:aws:iam::*:role/pyspark-deploy/*"],
        Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
      }),
    ]);
  });

  it.each(statements.map((statement) => [statement.Sid, statement] as const))(
    "%s names its actions, and changes only what is a cluster's",
    (_, { Action, Resource, Condition }) => {
      expect(Action).toEqual([...new Set(Action)].sort());
      expect(Action.filter((action) => action.includes("*"))).toEqual([]);
      if (Resource === "*")
        expect(Action.filter((action) => !/:(?:Describe|Get|List)/.test(action))).toEqual([]);
      const ends = Action.filter((action) => /^ec2:(?:Delete|Terminate|Revoke|Detach|Modify)/.test(action));
      if (ends.length > 0)
        expect(Condition).toEqual({ Null: { "aws:ResourceTag/pyspark-deploy:cluster-id": "false" } });
    },
  );
});
