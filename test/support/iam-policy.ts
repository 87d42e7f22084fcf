import { readFileSync } from "node:fs";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** What docs/iam-policy.json gives a user of the CLI. */
export function leastPolicy(): { readonly text: string; readonly statements: readonly Statement[] } {
  const text = readFileSync(new URL("../../docs/iam-policy.json", import.meta.url), "utf8");
  const { Statement: statements } = JSON.parse(text) as { readonly Statement: readonly Statement[] };
  return { text, statements };
}
