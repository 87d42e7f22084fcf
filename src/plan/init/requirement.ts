import { satisfies, validRange } from "@renovatebot/pep440";

/** A package that a project asks for, and where it says so. */
export interface Requirement {
  /** Normalized as PyPI does: lower case, dashes. */
  readonly name: string;
  /** PEP 440 specifiers, "" for any version. */
  readonly versions: string;
  readonly source: string;
}

const normalizeName = (name: string) => name.toLowerCase().replace(/[-_.]+/g, "-");

/** Reads "name[extra]>=1,<2; marker"; undefined for what is no name of a package, such as a path or an option. */
export function parseRequirement(line: string, source: string): Requirement | undefined {
  const match = /^([a-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;@#)\\]*)\)?(?:[;#@\\].*|\s--hash.*)?$/i.exec(
    line.trim(),
  );
  if (!match?.[1] || !/^([<>=!~].*)?$/.test(match[2]?.trim() ?? "")) return undefined;
  const versions = (match[2] ?? "").replace(/\s--hash.*$/, "").trim();
  return { name: normalizeName(match[1]), versions, source };
}

/** True unless the specifiers surely rule the version out; what we can't read is left to pip. */
export const allows = (specifiers: string, version: string): boolean =>
  !validRange(specifiers) || satisfies(version, specifiers);

/** Poetry's "^3.10" and "~3.10" as PEP 440 specifiers; others as they are. */
export function fromPoetry(constraint: string): string {
  const clauses = constraint.split(",").map((clause) => {
    const match = /^\s*([\^~])\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?\s*$/.exec(clause);
    if (!match) return clause.trim() === "*" ? "" : clause.trim();
    const [, sign, major = "0", minor, patch] = match;
    const from = [major, minor, patch].filter((part) => part !== undefined).join(".");
    const narrow = minor !== undefined && (sign === "~" || major === "0");
    const below = narrow ? `${major}.${Number(minor) + 1}` : `${Number(major) + 1}`;
    return `>=${from},<${below}`;
  });
  // A bare version means exactly that one.
  return clauses
    .filter((clause) => clause !== "")
    .map((clause) => (/^\d/.test(clause) ? `==${clause}` : clause))
    .join(",");
}
