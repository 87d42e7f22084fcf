import { ExitCode, UserError } from "../errors.js";
import type { Session } from "./session.js";

const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;

/**
 * The instance that a word means: its id, or the name of a node of one of the project's clusters.
 * @throws UserError (exit code 2) when it means none, or several.
 */
export async function instanceOf(
  { records }: Pick<Session, "records">,
  word: string | undefined,
): Promise<string> {
  if (word !== undefined && INSTANCE_ID.test(word)) return word;
  const found = await Promise.all((await records.names()).map((name) => records.read(name)));
  const nodes = found.flatMap((record) =>
    (record?.cloud?.nodes ?? []).map((node) => ({ ...node, cluster: record?.identity.cluster })),
  );
  const [node, ...others] = nodes.filter(({ name }) => name === word);
  if (node && others.length === 0) return node.instance;
  const known = nodes.map(({ name, instance, cluster }) => `${instance} (${name} of ${cluster})`).join(", ");
  throw new UserError({
    exitCode: ExitCode.usage,
    message: node
      ? `Several clusters have a node "${word}".`
      : `There is no instance or node "${word ?? ""}".`,
    hint: `There are: ${known || "no instances in this project's records"}.`,
  });
}
