import { describe, expect, it } from "vitest";
import type { DockerEngine } from "../../../src/adapters/docker/engine.js";
import { Driver } from "../../../src/driver/driver.js";
import type { ClusterRecord } from "../../../src/state/record.js";

const record = { driver: { container: "driver" } } as ClusterRecord;

/** What sessions there are when tmux says this of its panes; undefined when it does not run. */
function sessions(panes: string | undefined, running = true): Promise<string[]> {
  const engine = {
    container: async (name: string) => ({ name, running }),
    execQuietly: async () => ({ exitCode: panes === undefined ? 1 : 0, stdout: panes ?? "", stderr: "" }),
  };
  return new Driver(engine as unknown as DockerEngine, record).sessions();
}

describe("logins that a restart would end", () => {
  it.each<[string, string | undefined, readonly string[]]>([
    ["none where nobody ever logged in", undefined, []],
    ["none where a shell was left that does nothing", "0 bash\n", []],
    ["one that somebody sits at", "1 bash\n", ["a login that is open"]],
    ["one that was left while something runs in it", "0 bash\n0 python3\n", ["a login that runs python3"]],
  ])("%s", async (_what, panes, expected) => {
    expect(await sessions(panes)).toEqual(expected);
  });

  it("are none while the driver container does not run", async () => {
    expect(await sessions("1 bash\n", false)).toEqual([]);
  });
});
