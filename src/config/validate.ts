import { z } from "zod";
import { exampleAt } from "./example.js";
import { formatPath, type Problem } from "./problem.js";
import { configSchema } from "./schema.js";
import { inspect, listKeys, type SchemaKey, schemaAt } from "./schema-tree.js";
import { isSecretName, maskText } from "./secrets.js";
import { nearest } from "./suggest.js";
import { type ConfigTree, isTree, type Place, placeKey } from "./tree.js";

type Path = readonly PropertyKey[];

const LONGEST_SHOWN = 60;

const shownPath = (path: Path): string => maskText(formatPath(path));

/** Makes sentences of what the schema found wrong. */
class Describer {
  constructor(private readonly read: ConfigTree) {}

  /** The place of a path, or of the nearest thing around it. */
  #place(path: Path): Place {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = this.read.places.get(placeKey(path.slice(0, length)));
      if (place) return place;
    }
    return { key: 0, value: 0, variables: [], undetermined: false };
  }

  #undetermined(path: Path): boolean {
    return path.some((_, index) => this.read.places.get(placeKey(path.slice(0, index + 1)))?.undetermined);
  }

  describe(issue: z.core.$ZodIssue): Problem[] {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => this.#unknownKey([...issue.path, key]));
    }
    if (this.#undetermined(issue.path)) return [];
    if (issue.code !== "invalid_key") return [this.#wrongValue(issue.path)];
    return [this.#wrongName(issue.path), ...this.#behindWrongName(issue.path)];
  }

  #unknownKey(path: Path): Problem {
    const name = String(path.at(-1));
    const offset = this.#place(path).key;
    if (path.length === 3 && path[0] === "profiles" && Object.hasOwn(configSchema.shape, name)) {
      return {
        offset,
        message: `${name} can't be part of a profile`,
        fixes: [`put it at the top level, for example: ${exampleAt([name])}`],
      };
    }
    const parent = path.slice(0, -1);
    const siblings = Object.keys(schemaAt(parent)?.children ?? {});
    const nested = name.includes(".") ? [...parent, ...name.split(".")] : undefined;
    if (nested && schemaAt(nested)) {
      return {
        offset,
        message: `unknown key "${shownPath(path)}"`,
        fixes: [`write it nested, for example: ${exampleAt(nested)}`],
      };
    }
    const meant = this.#meantKey(name, siblings, parent);
    return {
      offset,
      message: `unknown key "${shownPath(path)}"`,
      fixes: [
        ...meant.map((key) => `did you mean ${formatPath(key)}? for example: ${exampleAt(key)}`),
        ...(meant.length === 0
          ? [`the keys here are: ${siblings.join(", ")}; for example: ${exampleAt(parent)}`]
          : []),
      ],
    };
  }

  /** The keys that were most likely meant: one of the same section, else the same word or a path elsewhere. */
  #meantKey(name: string, siblings: readonly string[], parent: Path): Path[] {
    const sibling = nearest(name, siblings);
    if (sibling !== undefined) return [[...parent, sibling]];
    const elsewhere = listKeys().filter(({ path }) => path.at(-1)?.toLowerCase() === name.toLowerCase());
    return elsewhere.map(({ path }) => path);
  }

  #wrongName(path: Path): Problem {
    const name = String(path.at(-1));
    const parent = schemaAt(path.slice(0, -1));
    const keys = parent?.keys && inspect(parent.keys);
    const repaired = hasSecret(name) ? undefined : keys?.notes.repair?.(name);
    return {
      offset: this.#place(path).key,
      message: `${shownPath(path)}: expected ${keys?.expected}, got "${maskText(name)}"`,
      fixes: [
        ...(keys && repaired && accepts(keys, repaired) ? [`did you mean ${repaired}?`] : []),
        `for example: ${exampleAt(path)}`,
      ],
    };
  }

  /** The schema does not look behind a name that it refuses. */
  #behindWrongName(path: Path): Problem[] {
    const items = schemaAt(path);
    const { error } = items ? z.safeParse(items.schema, valueAt(this.read.tree, path)) : {};
    return (error?.issues ?? []).flatMap((issue) =>
      this.describe({ ...issue, path: [...path, ...issue.path] } as z.core.$ZodIssue),
    );
  }

  #wrongValue(path: Path): Problem {
    const place = this.#place(path);
    const value = valueAt(this.read.tree, path);
    const key = schemaAt(path);
    const hidden = path.some((step) => isSecretName(String(step))) || place.variables.some(isSecretName);
    const meant = hidden || key === undefined ? undefined : meantValue(key, value);
    const got = hidden ? "a hidden value" : shown(value, place);
    const name = shownPath(path);
    return {
      offset: place.value,
      message: `${name === "" ? "" : `${name}: `}expected ${key?.expected}, got ${got}`,
      fixes: [...(meant === undefined ? [] : [`did you mean ${meant}?`]), `for example: ${exampleAt(path)}`],
    };
  }
}

const hasSecret = (text: string): boolean => maskText(text) !== text;

const accepts = (key: SchemaKey, value: unknown): boolean => z.safeParse(key.schema, value).success;

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    tree,
  );
}

/** A wrong value as an error message shows it: masked and short. */
export function shown(value: unknown, { written, variables }: Pick<Place, "written" | "variables">): string {
  if (Array.isArray(value)) return "a list";
  if (isTree(value)) return "keys and values";
  if (value === null || value === undefined) return "nothing";
  const text =
    typeof value === "string" ? value : variables.length > 0 ? String(value) : (written ?? String(value));
  // What is cut off may be what tells a secret, so it is masked before.
  const safe = typeof value === "string" ? maskText(text) : text;
  const short = safe.length > LONGEST_SHOWN ? `${safe.slice(0, LONGEST_SHOWN)}…` : safe;
  const quoted = typeof value === "string" ? JSON.stringify(short) : short;
  return variables.length > 0
    ? `${quoted} from ${variables.map((name) => `\${${name}}`).join(", ")}`
    : quoted;
}

/** A value near the wrong one that the schema accepts. */
function meantValue(key: SchemaKey, value: unknown): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  if (hasSecret(text)) return undefined;
  if (typeof value === "string" && text.trim() !== "" && accepts(key, Number(text)))
    return `${Number(text)}, without quotes`;
  if (key.kind === "list") return accepts(key, [text]) ? `the list [${text}]` : undefined;
  const candidate = nearest(text, key.choices) ?? key.notes.repair?.(text);
  return candidate !== undefined && candidate !== value && accepts(key, candidate)
    ? `"${candidate}"`
    : undefined;
}

/** Everything that the schema finds wrong in the file, in all of its profiles. */
export function schemaProblems(read: ConfigTree): Problem[] {
  const parsed = configSchema.safeParse(read.tree);
  if (parsed.success) return [];
  const describer = new Describer(read);
  const problems = parsed.error.issues.flatMap((issue) => describer.describe(issue));
  // A value can break several rules; one sentence says what is expected.
  return [...new Map(problems.map((problem) => [`${problem.offset} ${problem.message}`, problem])).values()];
}
