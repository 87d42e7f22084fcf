import { readFileSync } from "node:fs";
import { inspect, type ListedKey, listKeys } from "../../src/config/schema-tree.js";

function describeDefault({ default: value, notes }: ListedKey): string {
  if (notes.defaultNote !== undefined) return notes.defaultNote;
  const known = value ?? notes.fallback;
  const empty = known === undefined || (typeof known === "object" && Object.keys(known ?? {}).length === 0);
  return empty ? "" : `\`${known}\``;
}

function describeMeaning({ choices: own, items, notes }: ListedKey): string {
  const choices = items ? inspect(items).choices : own;
  const words = choices.length > 1 && !choices.every((word) => notes.description?.includes(word));
  return [
    notes.description,
    words && `${items ? "Of" : "One of"} ${choices.map((word) => `\`${word}\``).join(", ")}.`,
    items && !words && `For example \`${JSON.stringify(notes.examples?.[0])}\`.`,
    notes.variable && `For a whole machine: \`${notes.variable}\`.`,
  ]
    .filter(Boolean)
    .join(" ");
}

function renderTable(): string {
  const rows = listKeys()
    .filter(({ kind }) => kind !== "section")
    .map((key) => `| \`${key.path.join(".")}\` | ${describeDefault(key)} | ${describeMeaning(key)} |`);
  return ["| key | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}

/** docs/config.md: the prose of the template, the table of the schema. */
export function renderConfigPage(): string {
  const template = readFileSync(new URL("config.template.md", import.meta.url), "utf8");
  return template.replace("<!-- keys -->", () => renderTable());
}
