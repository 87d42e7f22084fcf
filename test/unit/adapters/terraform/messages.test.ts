import { describe, expect, it } from "vitest";
import { parseMessage } from "../../../../src/adapters/terraform/messages.js";

const resource = { addr: 'aws_vpc.cluster["own"]', resource_type: "aws_vpc" };
const hook = (action: string, seconds?: number) => ({
  resource,
  action,
  ...(seconds !== undefined && { elapsed_seconds: seconds }),
});
const read = (message: unknown) => parseMessage(JSON.stringify(message));

describe("what Terraform says of a resource", () => {
  it.each([
    ["apply_start", hook("create"), { action: "create", phase: "start", seconds: 0 }],
    ["apply_progress", hook("create", 10), { action: "create", phase: "progress", seconds: 10 }],
    ["apply_complete", hook("create", 12), { action: "create", phase: "done", seconds: 12 }],
    ["apply_errored", hook("create", 3), { action: "create", phase: "failed", seconds: 3 }],
    ["apply_complete", hook("delete", 5), { action: "delete", phase: "done", seconds: 5 }],
    ["apply_start", hook("update"), { action: "update", phase: "start", seconds: 0 }],
  ])("%s becomes an event", (type, hookOf, expected) => {
    expect(read({ type, hook: hookOf })).toEqual({
      kind: "event",
      event: { resource: 'aws_vpc.cluster["own"]', ...expected },
    });
  });

  it.each([
    ["a read", { type: "apply_start", hook: hook("read") }],
    ["a plan", { type: "planned_change", change: { resource, action: "create" } }],
    ["a refresh", { type: "refresh_start", hook: { resource } }],
    ["the version", { type: "version", terraform: "1.11.4" }],
    ["a warning", { type: "diagnostic", diagnostic: { severity: "warning", summary: "old", detail: "" } }],
    ["the planned outputs", { type: "outputs", outputs: { vpc_id: { sensitive: false, action: "create" } } }],
    ["a destroy's empty outputs", { type: "outputs", outputs: {} }],
    ["a message of a later Terraform", { type: "something_new", hook: hook("create") }],
  ])("%s is no news", (_, message) => {
    expect(read(message)).toBeUndefined();
  });

  it.each(["", "Error: not JSON", "{broken", "42"])("the line %j is let pass", (line) => {
    expect(parseMessage(line)).toBeUndefined();
  });
});

describe("the end of Terraform", () => {
  it("with an error names the resource", () => {
    const diagnostic = { severity: "error", summary: "no", detail: "why", address: "aws_vpc.cluster" };
    expect(read({ type: "diagnostic", diagnostic })).toEqual({
      kind: "error",
      diagnostic: { summary: "no", detail: "why", address: "aws_vpc.cluster" },
    });
  });

  it("gives the outputs in our words", () => {
    const value = (content: unknown) => ({ sensitive: false, type: "dynamic", value: content });
    const outputs = {
      vpc_id: value("vpc-1"),
      subnet_ids: value({ "eu-central-1a": "subnet-1" }),
      security_group_id: value("sg-1"),
      instance_profile: value("psd-test"),
      fleets: value({ "workers-1": { id: "fleet-1", instance_ids: ["i-1", "i-2"] } }),
    };
    expect(read({ type: "outputs", outputs })).toEqual({
      kind: "outputs",
      outputs: {
        vpcId: "vpc-1",
        subnetIds: { "eu-central-1a": "subnet-1" },
        securityGroupId: "sg-1",
        instanceProfile: "psd-test",
        fleets: { "workers-1": { id: "fleet-1", instanceIds: ["i-1", "i-2"] } },
      },
    });
    const { security_group_id: _, ...withoutGroup } = outputs;
    expect(read({ type: "outputs", outputs: withoutGroup })).toMatchObject({
      outputs: { securityGroupId: null },
    });
  });
});
