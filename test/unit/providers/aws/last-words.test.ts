import { describe, expect, it } from "vitest";
import { lastWords } from "../../../../src/providers/aws/last-words.js";

/** A host that answers `cat`, `tail` and `docker logs` with these. */
const host = (status: string, log = "", said = "") => ({
  run: async (_: string, command: string) => ({
    stdout: /'cat/.test(command) ? status : /'tail/.test(command) ? log : said,
    stderr: "",
    exitCode: 0,
  }),
});

describe("the last words of a host", () => {
  it.each([
    [
      "boot that failed",
      JSON.stringify({
        disks: { state: "done", started: 1, seconds: 2, detail: "root volume" },
        pull: { state: "failed", started: 3, seconds: 4, detail: "", error: "manifest unknown" },
      }),
      "boot disks: done after 2 s, root volume\nboot pull: failed after 4 s, manifest unknown",
    ],
    [
      "boot that still pulls",
      JSON.stringify({ pull: { state: "running", started: 3, seconds: 4, detail: "3 of 12 layers" } }),
      "boot pull: running after 4 s, 3 of 12 layers",
    ],
    [
      "boot that has not begun",
      "cat: /run/pyspark-deploy/boot.json: No such file or directory\n",
      "boot: cat: /run",
    ],
    ["silence", "", "boot: nothing yet"],
  ])("tell of a %s", async (_, status, expected) => {
    expect(await lastWords(host(status), "worker-1", "c")).toContain(expected);
  });

  it("have the end of the boot's log and of the container's", async () => {
    const words = await lastWords(
      host("{}", "disks: root volume\n", "Exception\n"),
      "worker-1",
      "psd_worker-1",
    );
    expect(words).toContain("-- /var/log/pyspark-deploy/boot.log\ndisks: root volume");
    expect(words).toContain("-- docker logs psd_worker-1\nException");
  });
});
