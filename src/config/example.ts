import { stringify } from "yaml";
import { schemaAt } from "./schema-tree.js";

/** A value as YAML on one line. */
const inlineYaml = (value: unknown): string =>
  stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trim();

/** Keys and a value as one line of YAML: `image: {base: {keep: [hive]}}`. */
export function yamlLine([first, ...rest]: readonly string[], value: unknown): string {
  return `${first}: ${inlineYaml(rest.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))}`;
}

/** The part of a path that names a key of the schema: not a profile, an entry of a record, or an item of a list. */
function keyPath(path: readonly PropertyKey[]): string[] {
  const inner = path[0] === "profiles" && path.length > 2 ? path.slice(2) : path;
  const known: string[] = [];
  for (const step of inner) {
    const parent = schemaAt(known);
    if (parent === undefined || !Object.hasOwn(parent.children, step)) break;
    known.push(String(step));
  }
  return known;
}

/** What a right value at this path looks like, as a line of the config. */
export function exampleAt(path: readonly PropertyKey[]): string {
  const known = keyPath(path);
  const example = schemaAt(known)?.notes.examples?.[0];
  return example === undefined ? "workers: 2" : yamlLine(known, example);
}
