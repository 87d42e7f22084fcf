import { configJsonSchema } from "../../src/config/json-schema.js";
import { render as renderCliPage } from "./cli.js";
import { renderConfigPage } from "./config-page.js";

export interface GeneratedDocument {
  /** From the repository's root. */
  readonly path: string;
  render(): string;
}

/** Everything that `npm run docs` writes: one module for each document. */
export const DOCUMENTS: readonly GeneratedDocument[] = [
  { path: "docs/cli.md", render: renderCliPage },
  { path: "docs/config.md", render: renderConfigPage },
  {
    path: "docs/pyspark-deploy.schema.json",
    render: () => `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
  },
];
