import { Bastion, bastionSocket } from "../../adapters/ssh/bastion.js";
import { accepts } from "../../adapters/ssh/reach.js";
import { socketDirectory } from "../../adapters/ssh/sockets.js";
import type { Context } from "../../context.js";

/** Tells whether an SSH server answers at a node's address. */
export type Reach = (address: string, port: number) => Promise<boolean>;

/**
 * The way from this machine to a cluster's nodes: direct, or through a bastion, to which a connection is opened.
 * @throws UserError (exit code 5) when the bastion does not let this user in.
 */
export async function openWay(
  bastion: string | undefined,
  clusterId: string,
  { report, signal }: Context,
): Promise<Reach> {
  if (bastion === undefined) return accepts;
  const way = new Bastion(bastion, bastionSocket(await socketDirectory(), clusterId), signal);
  await report.step("bastion", `SSH to ${bastion}`, () => way.open());
  return (address, port) => way.reaches(address, port);
}
