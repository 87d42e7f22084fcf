const REFERENCE = /\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

export interface Interpolated {
  readonly text: string;
  /** Variables whose value is in the text. */
  readonly used: readonly string[];
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
  /** True when a `${` begins no reference that can be read. */
  readonly malformed: boolean;
}

/** Replaces `${NAME}` and `${NAME:-default}` by environment variables; `$$` stands for one dollar sign. */
export function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): Interpolated {
  const used: string[] = [];
  const missing: string[] = [];
  let malformed = false;
  const replaced = text.replace(
    REFERENCE,
    (whole, name: string | undefined, fallback: string | undefined) => {
      if (whole === "$$") return "$";
      if (name === undefined) {
        malformed = true;
        return whole;
      }
      const value = env[name];
      if (value !== undefined && (value !== "" || fallback === undefined)) {
        used.push(name);
        return value;
      }
      if (fallback !== undefined) return fallback;
      missing.push(name);
      return whole;
    },
  );
  return { text: replaced, used, missing, malformed };
}
