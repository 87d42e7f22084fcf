import { readMaster } from "../adapters/spark-master.js";
import type { SpotLoss } from "../plan/spot-loss.js";
import type { ClusterRecord } from "../state/record.js";
import type { Session } from "./session.js";

type Node = NonNullable<ClusterRecord["cloud"]>["nodes"][number];

/** Written by the role's pyspark-deploy-spot. */
const NOTICE_ON_HOST = "/run/pyspark-deploy/spot.json";
const TERMINATION = "Server.SpotInstanceTermination";

/** When the host's machine ends, as EC2 has told it; undefined without a notice, or while the host can't be asked. */
async function noticeOf(session: Session, record: ClusterRecord, node: Node): Promise<string | undefined> {
  try {
    const { stdout } = await session.connections(record).run(node.name, `cat ${NOTICE_ON_HOST}`);
    return (JSON.parse(stdout) as { readonly ends?: string }).ends;
  } catch {
    return undefined;
  }
}

/**
 * The cluster's spot machines that EC2 takes back or has taken back. Only hosts whose worker is not ALIVE at the master are
 * asked: a notice decommissions the worker within seconds.
 * @param ui the master's; while it can't be reached, hosts are not asked either
 */
export async function spotLosses(
  session: Session,
  record: ClusterRecord,
  ui: string | undefined,
): Promise<SpotLoss[]> {
  const { cloud, identity } = record;
  const spot = cloud?.nodes.filter(({ market }) => market === "spot") ?? [];
  if (!cloud || spot.length === 0) return [];
  const master = ui === undefined ? undefined : await readMaster(ui);
  const alive = new Set(master?.workers.filter((worker) => worker.alive).map(({ host }) => host));
  const suspects = spot.filter(({ privateIp }) => !alive.has(privateIp));
  if (suspects.length === 0) return [];
  const { Ec2 } = await import("../adapters/aws/ec2.js");
  const { region, profile, role } = cloud;
  const ec2 = new Ec2({ region, profile, role, signal: session.context.signal });
  const instances = await ec2.clusterInstances({ clusterId: identity.clusterId }, { terminated: true });
  const found = await Promise.all(
    suspects.map(async (node): Promise<SpotLoss | undefined> => {
      const { name, instance, type, zone } = node;
      const kind = `${type}, spot, ${zone}`;
      const known = instances.find(({ id }) => id === instance);
      if (known?.state === "running") {
        const ends = master && (await noticeOf(session, record, node));
        return ends === undefined ? undefined : { node: name, instance, kind, ends };
      }
      // AWS forgets within an hour or so what has ended, and why.
      return known === undefined || known.reason === TERMINATION
        ? { node: name, instance, kind, ends: undefined }
        : undefined;
    }),
  );
  return found.filter((loss) => loss !== undefined);
}
