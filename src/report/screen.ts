import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;
type Environment = Readonly<Record<string, string | undefined>>;
type Stream = { readonly isTTY?: boolean; readonly columns?: number };

/**
 * Whether text for this stream may be coloured: NO_COLOR and FORCE_COLOR as the field has them (a set, non-empty value;
 * FORCE_COLOR=0 switches off), else on a terminal that is not dumb.
 */
export function mayColor(stream: Stream, env: Environment): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return !["0", "false"].includes(env.FORCE_COLOR);
  return Boolean(stream.isTTY) && env.TERM !== "dumb";
}

export const colorsFor = (stream: Stream, env: Environment): Colors => pc.createColors(mayColor(stream, env));

export const inCi = ({ CI }: Environment): boolean => CI !== undefined && !["", "0", "false"].includes(CI);

/** Whether lines may be drawn over: on a terminal that a person looks at. CI systems show every redrawn frame. */
export function mayRedraw(stream: Stream, env: Environment): boolean {
  return Boolean(stream.isTTY) && env.TERM !== "dumb" && !inCi(env);
}

/** Where nobody knows the width: what most logs and files are read at. */
const USUAL_COLUMNS = 80;

/** Columns of the stream; a terminal that does not know its size says 0. */
export const columnsOf = (stream: Stream): number => stream.columns || USUAL_COLUMNS;
