import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
} from "yaml";
import { interpolate } from "./interpolate.js";
import { type ConfigText, failOn, formatPath, type Problem, positionOf } from "./problem.js";
import { schemaAt } from "./schema-tree.js";
import { nearest } from "./suggest.js";

export type Environment = Readonly<Record<string, string | undefined>>;
export type Tree = { [key: string]: unknown };
type Path = readonly (string | number)[];

/** Where a value comes from. */
export interface Place {
  /** Index in the text of its key, or of the value itself in a list. */
  readonly key: number;
  /** Index in the text of the value. */
  readonly value: number;
  /** The value as it is written, variables and all. */
  readonly written?: string | undefined;
  /** Environment variables that are part of the value. */
  readonly variables: readonly string[];
  /** True when nobody can tell whether the value is right: a variable of it is not set, or is another profile's. */
  readonly undetermined: boolean;
}

/** The file's content as plain values, with the place of each. */
export interface ConfigTree {
  readonly tree: Tree;
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly Problem[];
}

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const placeKey = (path: readonly PropertyKey[]): string => path.map(String).join("\0");

/** Aliases can make a short file endless, and what comes later takes time for each value. */
const MOST_VALUES = 5_000;
const MOST_LEVELS = 20;

const ONE_REFERENCE = /^\s*\$\{[^}]*\}\s*$/;

const NO_VARIABLES: Pick<Place, "variables" | "undetermined"> = { variables: [], undetermined: false };

/** Text that stands in a file without quotes is a number or a truth value where it looks like one. */
function plainValue(text: string): unknown {
  const { contents, errors } = parseDocument(text);
  const plain = errors.length === 0 && isScalar(contents) && contents.source === text.trim();
  return plain ? contents.value : text;
}

/** What each alias stands for: the anchor of its name that stands last above it. */
function targetsOf(document: Document): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      const target = anchors.get(node.source);
      if (target) targets.set(node, target);
    },
  });
  return targets;
}

class TreeReader {
  readonly places = new Map<string, Place>();
  readonly problems: Problem[] = [];
  #values = 0;
  #repeats = false;
  readonly #targets: ReadonlyMap<Alias, Node>;

  constructor(
    private readonly source: ConfigText,
    document: Document,
    private readonly env: Environment,
    private readonly profile: string,
  ) {
    this.#targets = targetsOf(document);
  }

  #problem(offset: number, message: string, ...fixes: readonly string[]): void {
    this.problems.push({ offset, message, fixes });
  }

  /** Nothing that is found in a file this large helps anybody: the rest is not looked at. */
  #count(offset: number, path: Path): void {
    this.#values += 1;
    const fail = (message: string, fix: string) => failOn(this.source, [{ offset, message, fixes: [fix] }]);
    if (path.length > MOST_LEVELS)
      fail("values are nested too deeply", "write the values out; a config has four levels at most");
    if (this.#values <= MOST_VALUES) return;
    if (this.#repeats) fail("aliases repeat too many values", "write the values out that are needed");
    fail(
      `a config has at most ${MOST_VALUES} values`,
      "delete what is not needed, or name the right file with --config",
    );
  }

  /**
   * The value of a node.
   * @throws UserError (exit code 2) when there are too many values or too many levels.
   */
  read(node: Node | null | undefined, path: Path, key: number): unknown {
    const value = node?.range?.[0] ?? key;
    this.#count(value, path);
    if (isAlias(node)) return this.#alias(node, path, key);
    if (isMap(node)) return this.#map(node.items as Pair<Node, Node | null>[], path, { key, value });
    if (isSeq(node)) {
      this.#place(path, { key, value, ...NO_VARIABLES });
      return node.items.map((item, index) => {
        const child = item as Node | null;
        return this.read(child, [...path, index], child?.range?.[0] ?? value);
      });
    }
    return this.#scalar(isScalar(node) ? node : undefined, path, { key, value });
  }

  #place(path: Path, place: Place): void {
    this.places.set(placeKey(path), place);
  }

  #alias(node: Alias, path: Path, key: number): unknown {
    const target = this.#targets.get(node);
    if (target) {
      this.#repeats = true;
      return this.read(target, path, key);
    }
    const offset = node.range?.[0] ?? key;
    this.#problem(
      offset,
      `*${node.source} refers to an anchor that does not stand above it`,
      `name a value first, for example: worker: &${node.source} {cores: 2}`,
    );
    this.#place(path, { key, value: offset, variables: [], undetermined: true });
    return null;
  }

  #map(items: readonly Pair<Node, Node | null>[], path: Path, at: { key: number; value: number }): Tree {
    this.#place(path, { ...at, ...NO_VARIABLES });
    const tree: Tree = {};
    const seen = new Map<string, number>();
    for (const item of items) {
      const offset = item.key?.range?.[0] ?? at.value;
      const name = this.#keyName(item.key, offset);
      if (name === undefined) continue;
      const first = seen.get(name);
      if (first !== undefined) {
        this.#count(offset, path);
        const { line } = positionOf(this.source, first);
        this.#problem(
          offset,
          `${formatPath([...path, name])} is set twice; the first is on line ${line}`,
          "keep one of them",
        );
        continue;
      }
      seen.set(name, offset);
      const value = this.read(item.value, [...path, name], offset);
      if (!this.#isEmptySection(value, [...path, name])) tree[name] = value;
    }
    return tree;
  }

  #keyName(key: Node | null, offset: number): string | undefined {
    const name = isScalar(key) ? String(key.source ?? key.value) : undefined;
    if (name === "<<") {
      this.#problem(
        offset,
        '"<<" does not merge anything here',
        "write the keys out; a profile already has all keys of the top level, for example: profiles: {big: {workers: 6}}",
      );
      return undefined;
    }
    if (name === undefined || name === "" || name === "__proto__") {
      this.#problem(offset, "a key is a word", "for example: workers: 2");
      return undefined;
    }
    return name;
  }

  /** A section all of whose lines are comments is as good as none. */
  #isEmptySection(value: unknown, path: Path): boolean {
    return value === null && (schemaAt(path)?.kind ?? "value") !== "value";
  }

  #scalar(node: Scalar | undefined, path: Path, at: { key: number; value: number }): unknown {
    const written = node?.source ?? "";
    const value = node?.value ?? null;
    if (typeof value === "string" && value.includes("$")) return this.#interpolated(node, value, path, at);
    this.#place(path, { ...at, written, ...NO_VARIABLES });
    if (typeof value === "number" || typeof value === "bigint")
      return schemaAt(path)?.numbersAreText ? written : Number(value);
    if (value !== null && typeof value === "object") {
      this.#problem(
        at.value,
        "a value is text, a number or true/false",
        "leave the tag out, for example: workers: 2",
      );
      return null;
    }
    return value;
  }

  #interpolated(
    node: Scalar | undefined,
    written: string,
    path: Path,
    at: { key: number; value: number },
  ): unknown {
    const { text, used, missing, malformed } = interpolate(written, this.env);
    const elsewhere = path[0] === "profiles" && path[1] !== this.profile;
    if (!elsewhere) for (const name of missing) this.#unset(name, path, at.value);
    if (malformed) {
      this.#problem(
        at.value,
        `${formatPath(path)}: \${ begins no variable that can be read`,
        "write ${NAME} or ${NAME:-default}; for a dollar sign itself write $$, for example: $${NAME}",
      );
    }
    this.#place(path, {
      ...at,
      written,
      variables: used,
      undetermined: missing.length > 0 || malformed || (elsewhere && used.length > 0),
    });
    const schema = schemaAt(path);
    // Within { } and [ ] YAML wants quotes around a variable, whatever it stands for.
    const unquoted = node?.type === "PLAIN" || (schema?.neverText && ONE_REFERENCE.test(written));
    if (!unquoted || text === written) return text;
    const plain = plainValue(text);
    return typeof plain === "number" && schema?.numbersAreText ? text : plain;
  }

  #unset(name: string, path: Path, offset: number): void {
    const similar = nearest(name, Object.keys(this.env));
    this.#problem(
      offset,
      `${formatPath(path)}: environment variable ${name} is not set`,
      ...(similar === undefined ? [] : [`did you mean \${${similar}}?`]),
      `set it, or give it a default, for example: \${${name}:-default}`,
    );
  }
}

/**
 * Reads a parsed document; variables count for the top level and for the chosen profile.
 * @throws UserError (exit code 2) when it is far too large.
 */
export function readTree(
  source: ConfigText,
  document: Document.Parsed,
  { env, profile }: { readonly env: Environment; readonly profile: string },
): ConfigTree {
  const reader = new TreeReader(source, document, env, profile);
  const { contents } = document;
  const empty = contents === null || (isScalar(contents) && contents.value === null);
  const read = empty ? {} : reader.read(contents, [], 0);
  if (isTree(read)) return { tree: read, places: reader.places, problems: reader.problems };
  const unspaced = /^\s*[\w.-]+:\S/.test(source.text);
  const problem = {
    offset: contents?.range?.[0] ?? 0,
    message: unspaced
      ? "there is no space after the colon"
      : `a config is keys and values, not ${Array.isArray(read) ? "a list" : "a single value"}`,
    fixes: ['write "key: value" on each line, for example: workers: 2'],
  };
  return { tree: {}, places: reader.places, problems: [problem] };
}
