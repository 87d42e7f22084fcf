/** What names of projects, profiles and clusters look like: they become names of Docker objects and of hosts. */
export const CLUSTER_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** The valid name nearest to the text, whatever characters that has; may be empty. */
export function tidyName(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Mark}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 40)
    .replace(/-+$/, "");
}

/** The name of a project from that of its folder or package. */
export const projectName = (name: string): string => tidyName(name) || "project";
