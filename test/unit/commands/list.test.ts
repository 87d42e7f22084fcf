import { describe, expect, it } from "vitest";
import { formatList } from "../../../src/commands/list.js";

const NOW = Date.parse("2026-11-01T10:00:00Z");

describe("the list of clusters", () => {
  it("is a table with where each is, how old, and when it ends", () => {
    const table = formatList(
      [
        { cluster: "local", provider: "local", state: "running", nodes: 4, recorded: true },
        {
          cluster: "big",
          provider: "aws",
          region: "eu-central-1",
          clusterId: "abc",
          state: "running",
          nodes: 11,
          created: "2026-11-01T07:00:00Z",
          deadline: "2026-11-01T10:45:00Z",
          owner: "ann",
          recorded: true,
        },
        {
          cluster: "old",
          provider: "aws",
          region: "us-east-1",
          clusterId: "def",
          state: "gone",
          nodes: 0,
          created: "2026-10-20T10:00:00Z",
          deadline: "2026-10-20T18:00:00Z",
          owner: "bob",
          recorded: true,
        },
      ],
      NOW,
    );
    expect(table).toBe(
      [
        "CLUSTER  WHERE         STATE    NODES  AGE   ENDS IN  OWNER",
        "local    local         running  4      -     -        -",
        "big      eu-central-1  running  11     3 h   45 m     ann",
        "old      us-east-1     gone     0      12 d  -        bob",
      ].join("\n"),
    );
  });

  it("without clusters says so", () => {
    expect(formatList([], NOW)).toBe("This project has no cluster.");
  });

  it("shows nothing negative for a deadline that has passed", () => {
    const late = { cluster: "c", provider: "aws", state: "leftovers", nodes: 0, recorded: false } as const;
    expect(formatList([{ ...late, deadline: "2026-11-01T09:00:00Z" }], NOW)).toMatch(/0 m/);
  });
});
