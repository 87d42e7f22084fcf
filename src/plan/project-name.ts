const FALLBACK = "project";

/** A valid project name from the name of a folder or a package, whatever characters that has. */
export function projectName(name: string): string {
  const cleaned = name
    .normalize("NFKD")
    .replace(/\p{Mark}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
  return cleaned || FALLBACK;
}
