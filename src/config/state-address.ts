/** Where a team keeps its state: `s3://bucket/prefix`. */
export interface StateAddress {
  readonly bucket: string;
  /** Without slashes around it; empty for the whole bucket. */
  readonly prefix: string;
}

export const STATE_ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([^\s/*?]+(?:\/[^\s/*?]+)*))?$/;

/** Reads the address, which the config has checked. */
export function parseStateAddress(text: string): StateAddress {
  const match = STATE_ADDRESS.exec(text);
  if (match?.[1] === undefined) throw new Error(`"${text}" is no address of a state`);
  return { bucket: match[1], prefix: match[2] ?? "" };
}
