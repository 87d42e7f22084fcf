import { basename } from "node:path";
import type { ValueSource } from "../config/effective.js";
import type { EffectiveConfig } from "../workflows/config.js";
import { type CommandSpec, flag } from "./command.js";

function describeSource(source: ValueSource, file: string): string {
  switch (source.kind) {
    case "default":
      return source.note === undefined ? "default" : `default: ${source.note}`;
    case "environment":
      return `environment variable ${source.variable}`;
    case "file": {
      const place = `${file}:${source.line}`;
      const where = source.profile === undefined ? place : `profile ${source.profile}, ${place}`;
      const variables = (source.variables ?? []).join(", ");
      return variables === "" ? where : `environment variable ${variables} (${where})`;
    }
  }
}

const describeValue = (value: unknown): string =>
  value === undefined ? "-" : typeof value === "string" ? value : JSON.stringify(value);

/** Three columns: key, value, source. */
function formatConfig({ file, values }: EffectiveConfig): string {
  const rows = values.map(({ key, value, source }) => [
    key,
    describeValue(value),
    describeSource(source, basename(file)),
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [width(0), Math.min(width(1), 40)];
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export const config: CommandSpec = {
  name: "config",
  summary: "check the config; print every value that applies, and where it was set",
  arguments: [{ name: "[profile]", description: 'a profile of the config, or "local"' }],
  options: [{ flags: "--schema", description: "print the JSON Schema of the config, for editors" }],
  examples: [
    "pyspark-deploy config",
    "pyspark-deploy config big --json",
    "pyspark-deploy config --schema > pyspark-deploy.schema.json",
  ],
  async run(context, [profile], options) {
    if (flag(options.schema)) {
      const { configJsonSchema } = await import("../config/json-schema.js");
      const schema = configJsonSchema();
      return { json: schema, text: JSON.stringify(schema, null, 2) };
    }
    const { effectiveConfig } = await import("../workflows/config.js");
    const effective = effectiveConfig(context, profile);
    return { json: effective, text: formatConfig(effective) };
  },
};
