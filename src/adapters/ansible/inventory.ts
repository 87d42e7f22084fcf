/** Values that JSON can say. */
export type Variables = Readonly<Record<string, unknown>>;

export interface AnsibleHost {
  /** The name in the inventory, and the Host of the ssh_config. */
  readonly node: string;
  readonly variables: Variables;
}

const TEMPLATE = /\{[{%#]/;

/** Text that Ansible takes as it is: braces in it are no template of ours. */
function verbatim(value: unknown): unknown {
  if (typeof value === "string") return TEMPLATE.test(value) ? { __ansible_unsafe: value } : value;
  if (Array.isArray(value)) return value.map(verbatim);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, verbatim(inner)]));
}

/** An inventory file, which YAML's plugin reads: JSON is YAML. */
export function renderInventory(hosts: readonly AnsibleHost[]): string {
  const entries = hosts.map(({ node, variables }) => [node, verbatim(variables)]);
  return `${JSON.stringify({ all: { hosts: Object.fromEntries(entries) } }, undefined, 2)}\n`;
}

/** A file of extra variables. */
export function renderVariables(variables: Variables): string {
  return `${JSON.stringify(verbatim(variables))}\n`;
}
