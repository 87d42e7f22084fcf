import { resolve } from "node:path";
import { type Candidate, type Suggestion, suggest } from "./complete-words.js";
import { COMMANDS, GLOBAL_OPTIONS } from "./index.js";

/** Tell the shell to offer its own file names, or folder names. */
const SHELLS_OWN = { file: ":files", directory: ":directories" } as const;

async function fromProject(suggestion: Suggestion, here: string): Promise<Candidate[]> {
  const { projectNames } = await import("../workflows/completion.js");
  const directory = resolve(here, suggestion.directory ?? "");
  const names = await Promise.all(
    suggestion.sources.map((source) =>
      source === "file" || source === "directory"
        ? []
        : // A damaged config or an unreadable folder must not take the other names away.
          projectNames(source, directory, suggestion.current).catch(() => []),
    ),
  );
  return names.flat().map((value) => ({ value }));
}

/** One line for each thing that fits, a tab before its description; or what the shell has to offer itself. */
export async function completeLine(words: readonly string[], here: string): Promise<string[]> {
  const suggestion = suggest(words, COMMANDS, GLOBAL_OPTIONS);
  const { candidates, sources, prefix, current } = suggestion;
  const found = [...candidates, ...(sources.length > 0 ? await fromProject(suggestion, here) : [])];
  const lines = found
    .filter(({ value }) => value.startsWith(current))
    .map(
      ({ value, description }) => `${prefix}${value}${description === undefined ? "" : `\t${description}`}`,
    );
  const own = sources.flatMap((source) =>
    source === "file" || source === "directory" ? [SHELLS_OWN[source]] : [],
  );
  return [...new Set([...lines, ...own])];
}
