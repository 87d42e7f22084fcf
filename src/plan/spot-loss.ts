/** A spot machine that EC2 takes back. */
export interface SpotLoss {
  readonly node: string;
  /** Its id. */
  readonly instance: string;
  /** Type, market and zone, for people. */
  readonly kind: string;
  /** When it ends: ISO 8601, UTC; undefined when it has ended. */
  readonly ends: string | undefined;
}

/** What is said of one node. */
export const describeLoss = ({ ends }: SpotLoss): string =>
  ends === undefined ? "taken back by EC2 (spot)" : `spot notice: ends at ${ends}`;

/** What is said behind a job of the machines that its cluster loses; undefined when there are none. */
export function explainLosses(
  losses: readonly SpotLoss[],
  {
    cluster,
    workers,
    failed,
  }: { readonly cluster: string; readonly workers: number; readonly failed: boolean },
): string | undefined {
  if (losses.length === 0) return undefined;
  const each = losses.map((loss) => `${loss.node}: ${describeLoss(loss)}`).join("; ");
  const job = failed ? " If the job failed for that, submit it again." : "";
  return `EC2 takes back spot machines of "${cluster}": ${each}. ${workers - losses.length} of ${workers} workers are left.${job} Bring it back to ${workers}: pyspark-deploy repair ${cluster}`;
}
