const REFERENCE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

export interface Interpolated {
  readonly text: string;
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
}

/** Replaces `${NAME}` and `${NAME:-default}` by environment variables; `$$` stands for one dollar sign. */
export function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): Interpolated {
  const missing: string[] = [];
  const replaced = text.replace(
    REFERENCE,
    (whole, name: string | undefined, fallback: string | undefined) => {
      if (whole === "$$") return "$";
      const value = name === undefined ? undefined : env[name];
      if (value !== undefined && (value !== "" || fallback === undefined)) return value;
      if (fallback !== undefined) return fallback;
      missing.push(name ?? whole);
      return whole;
    },
  );
  return { text: replaced, missing };
}
