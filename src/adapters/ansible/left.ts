import { run } from "../../exec/run.js";

/**
 * Ends the Ansible that a killed command left at work with this inventory, for it would go on to change hosts. The caller
 * holds the cluster's lock: no other command's is meant.
 */
export async function endLeftAnsible(inventory: string): Promise<void> {
  const { stdout } = await run({ file: "ps", args: ["-A", "-ww", "-o", "pgid=,args="] });
  const groups = stdout.split("\n").flatMap((line) => {
    const isOurs = line.includes("ansible-playbook") && line.includes(`--inventory ${inventory} `);
    return isOurs ? [Number.parseInt(line, 10)] : [];
  });
  for (const group of new Set(groups.filter((id) => id > 1))) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}
