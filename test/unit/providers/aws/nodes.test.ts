import { describe, expect, it } from "vitest";
import type { CloudInstance } from "../../../../src/adapters/aws/ec2.js";
import { highestNumber, nameNodes, unsureOf } from "../../../../src/providers/aws/nodes.js";

const instance = (id: string, role = "worker"): CloudInstance => ({
  id,
  state: "running",
  type: "m6i.large",
  zone: "eu-west-1a",
  privateIp: `10.0.0.${id}`,
  publicIp: undefined,
  role,
  launched: "2026-01-01T00:00:00.000Z",
  fleet: undefined,
  market: "on-demand",
  reason: undefined,
  tags: {},
});

const named = (nodes: ReturnType<typeof nameNodes>) =>
  nodes.map(({ name, instance: id }) => `${name}=${id}`).join(" ");

describe("the names of a cluster's instances", () => {
  const first = nameNodes([instance("m", "master"), instance("a"), instance("b"), instance("c")]);

  it("are given in their order", () => {
    expect(named(first)).toBe("master=m worker-1=a worker-2=b worker-3=c");
  });

  it("stay when others have gone, and new ones get the next numbers", () => {
    const now = [instance("m", "master"), instance("x"), instance("c"), instance("a"), instance("y")];
    expect(named(nameNodes(now, first))).toBe("master=m worker-1=a worker-3=c worker-4=x worker-5=y");
  });

  it("are not given twice, whoever has gone since", () => {
    const left = first.filter(({ name }) => name !== "worker-3");
    expect(highestNumber(left)).toBe(2);
    expect(named(nameNodes([instance("x")], left, 3))).toBe("worker-4=x");
  });
});

it("whose host key is asked for: of workers that stay, those not noted as configured and those to be mended", () => {
  const made = nameNodes([instance("m", "master"), ..."abcd".split("").map((id) => instance(id))]);
  const noted = new Set(["master", "worker-1", "worker-2"]);
  const nodes = made.map((node) => (noted.has(node.name) ? { ...node, parityKey: "k" } : node));
  const keep = ["worker-1", "worker-2", "worker-3"];
  expect(unsureOf(nodes, { keep, mend: ["worker-2"] })).toEqual(["worker-2", "worker-3"]);
  expect(unsureOf(nodes, { keep: ["worker-1"], mend: [] })).toEqual([]);
});
