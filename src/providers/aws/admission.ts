import type { AwsScope } from "../../adapters/aws/client.js";
import { ownAddress } from "../../adapters/aws/identity.js";
import { SshAccess } from "../../adapters/aws/ssh-access.js";
import type { Context } from "../../context.js";
import type { ClusterRecord } from "../../state/record.js";

/**
 * Offers to let this machine's address in, where it is not the one that the cluster was made from.
 * Returns true when a rule was added.
 */
export async function admit(
  scope: AwsScope,
  { cloud, identity }: ClusterRecord,
  { env, report, confirm }: Pick<Context, "env" | "report" | "confirm">,
  accessTo: (group: string) => Pick<SshAccess, "rules" | "authorize"> = (group) =>
    new SshAccess(scope, group),
): Promise<boolean> {
  // Who reaches private addresses comes from one: what the internet sees of this machine is nobody's there.
  if (cloud?.securityGroup === undefined || cloud.network?.private) return false;
  const access = accessTo(cloud.securityGroup);
  const [address, rules] = await Promise.all([
    ownAddress(env.PYSPARK_DEPLOY_ADDRESS_URL, scope.signal),
    access.rules(),
  ]);
  const cidr = `${address}/32`;
  // Wider networks were given by hand: whether they hold the address is theirs to say.
  if (rules.some((rule) => rule.cidr === cidr || !rule.cidr.endsWith("/32"))) return false;
  const from = rules.map((rule) => rule.cidr).join(", ");
  const question = `This machine's address is now ${address}, and "${identity.cluster}" takes SSH from ${from} alone. Allow ${cidr} too?`;
  const agreed = await confirm(question, true);
  if (agreed === undefined)
    report.note(`${question} Nobody can be asked here: run pyspark-deploy login in a terminal.`, "warning");
  if (!agreed) return false;
  await access.authorize(cidr);
  report.note(`SSH from ${cidr} is allowed.`);
  return true;
}
