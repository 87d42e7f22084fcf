import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { admit } from "../../../../src/providers/aws/admission.js";
import { type Event, Reporter } from "../../../../src/report/events.js";
import type { ClusterRecord } from "../../../../src/state/record.js";

/** Tells callers their address, as Amazon's service does. */
let server: Server;
beforeAll(async () => {
  server = createServer((_, response) => void response.end("203.0.113.9\n"));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
});
afterAll(() => void server.close());

interface Case {
  /** From where SSH is allowed so far. */
  readonly from: readonly string[];
  /** Undefined: nobody can be asked. */
  readonly answer?: boolean | undefined;
  readonly securityGroup?: string | undefined;
}

async function run({ from, answer, securityGroup = "sg-1" }: Case) {
  const allowed: string[] = [];
  const questions: string[] = [];
  const notes: string[] = [];
  const report = new Reporter((event: Event) => {
    if (event.type === "note") notes.push(event.text);
  });
  const cloud = {
    region: "us-east-1",
    deadline: "",
    nodes: [],
    ...(securityGroup !== "" && { securityGroup }),
  };
  const added = await admit(
    { region: "us-east-1", profile: undefined, signal: new AbortController().signal },
    { identity: { cluster: "big" }, cloud } as unknown as ClusterRecord,
    {
      env: { PYSPARK_DEPLOY_ADDRESS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
      report,
      confirm: async (question) => {
        questions.push(question);
        return answer;
      },
    },
    (group) => ({
      rules: async () =>
        from.map((cidr, at) => ({ id: `${group}-${at}`, cidr, description: "", ours: false })),
      authorize: async (cidr) => void allowed.push(cidr),
    }),
  );
  return { added, allowed, questions, notes };
}

describe("when a node does not answer SSH", () => {
  it("and this machine has another address than at create, it is offered to let that in", async () => {
    const { added, allowed, questions, notes } = await run({ from: ["198.51.100.7/32"], answer: true });
    expect(questions).toEqual([
      `This machine's address is now 203.0.113.9, and "big" takes SSH from 198.51.100.7/32 alone. Allow 203.0.113.9/32 too?`,
    ]);
    expect([added, allowed]).toEqual([true, ["203.0.113.9/32"]]);
    expect(notes).toEqual(["SSH from 203.0.113.9/32 is allowed."]);
  });

  it("nothing is opened without a yes", async () => {
    expect(await run({ from: ["198.51.100.7/32"], answer: false })).toMatchObject({
      added: false,
      allowed: [],
    });
  });

  it("nothing is opened where nobody can be asked, and it says where to be asked", async () => {
    const { added, allowed, notes } = await run({ from: ["198.51.100.7/32"] });
    expect([added, allowed]).toEqual([false, []]);
    expect(notes).toEqual([expect.stringMatching(/Nobody can be asked here: run pyspark-deploy login/)]);
  });

  it.each<[string, Case]>([
    ["this address is in already", { from: ["203.0.113.9/32"], answer: true }],
    ["a network was given by hand, which may hold it", { from: ["203.0.113.0/24"], answer: true }],
    ["the groups are the user's own", { from: ["198.51.100.7/32"], answer: true, securityGroup: "" }],
  ])("nobody is asked where %s", async (_, given) => {
    expect(await run(given)).toMatchObject({ added: false, allowed: [], questions: [] });
  });
});
