import { ExitCode, UserError } from "../errors.js";
import type { DestroyResult } from "../providers/provider.js";
import { type DestroyOptions, destroyCluster, inUse } from "./destroy.js";
import { type ListedCluster, listProject } from "./list.js";
import type { Session } from "./session.js";

export type DestroyedCluster = DestroyResult & { readonly cluster: string };

interface Found {
  readonly clusters: readonly ListedCluster[];
  /** By name; two of one name, such as one whose record was lost and its successor, are one. */
  readonly names: readonly string[];
  /** Where nobody answered, so that what is there is unknown. */
  readonly unasked: readonly string[];
}

async function find(session: Session, { purge }: Pick<DestroyOptions, "purge">): Promise<Found> {
  const unasked: string[] = [];
  const clusters = await listProject(session, {
    allRegions: false,
    onSkipped: (text) => unasked.push(text),
  });
  const [local] = session.providersOf(undefined).filter(({ name }) => name === "local");
  const kept = purge ? await local?.find(session.project, { data: true }).catch(() => []) : [];
  // A record that can't be read is one of a cluster all the same.
  const recorded = await session.records.names();
  const names = new Set([...clusters.map(({ cluster }) => cluster), ...recorded, ...(kept ?? [])]);
  return { clusters, names: [...names].sort(), unasked };
}

async function describe(session: Session, name: string, clusters: readonly ListedCluster[]): Promise<string> {
  const record = await session.records.read(name).catch(() => undefined);
  const running = await inUse(session, name, record).catch(() => []);
  const places = clusters
    .filter(({ cluster }) => cluster === name)
    .map(({ provider, region, state, nodes, owner }) =>
      [
        region ?? provider,
        state,
        `${nodes} nodes`,
        ...(owner === undefined ? [] : [`made by ${owner}`]),
      ].join(", "),
    );
  const what = places.length > 0 ? places.join("; ") : "its record or its data";
  return `  ${name}: ${what}${running.length > 0 ? `, running ${running.join(", ")}` : ""}`;
}

/** Asks once, with all that would go. */
async function agree(session: Session, { clusters, names }: Found): Promise<void> {
  const lines = await Promise.all(names.map((name) => describe(session, name, clusters)));
  const list = lines.join("\n");
  const question = `All clusters of the project "${session.project}" will go:\n${list}\nDestroy them?`;
  const agreed = await session.context.confirm(question, false);
  if (agreed) return;
  throw new UserError({
    exitCode: agreed === undefined ? ExitCode.usage : ExitCode.stateConflict,
    message: `Nothing was removed. These are the clusters of "${session.project}":\n${list}`,
    hint: "Without a question: pyspark-deploy destroy --all --yes",
  });
}

/**
 * Removes all clusters of the project, those without a record too, one after another; one that can't be removed keeps none of the others.
 * @throws UserError (exit code 7) that names what could not be removed, or not be looked for.
 */
export async function destroyAll(
  session: Session,
  options: DestroyOptions,
): Promise<readonly DestroyedCluster[]> {
  const found = await find(session, options);
  if (found.names.length > 0 && !options.force) await agree(session, found);
  const destroyed: DestroyedCluster[] = [];
  const failed = new Map<string, UserError>();
  const destroy = async (names: readonly string[]) => {
    for (const cluster of names) {
      await destroyCluster(session, cluster, { ...options, force: true }).then(
        (result) => destroyed.push({ cluster, ...result }),
        (error: unknown) => {
          if (!(error instanceof UserError)) throw error;
          failed.set(cluster, error);
        },
      );
    }
  };
  await destroy(found.names);
  // With a record only the cluster of that record goes: another of its name is found now.
  const again = await find(session, options);
  await destroy(again.names.filter((name) => !failed.has(name)));
  const unasked = [...new Set([...found.unasked, ...again.unasked])];
  if (failed.size === 0 && unasked.length === 0) return destroyed;
  const gone =
    destroyed.length > 0 ? `Destroyed: ${destroyed.map(({ cluster }) => cluster).join(", ")}. ` : "";
  throw new UserError({
    exitCode: ExitCode.leftovers,
    message: [
      `${gone}Not all clusters of "${session.project}" are proven to be gone:`,
      ...[...failed].map(([cluster, { message }]) => `${cluster}: ${message}`),
      ...unasked,
    ].join("\n"),
    hint: "Mend what is said above, then run the command again: pyspark-deploy destroy --all",
    output: [...failed.values()].flatMap(({ output }) => (output ? [output] : [])).join("\n"),
  });
}
