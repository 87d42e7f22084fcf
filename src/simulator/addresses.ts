/** Arithmetic on IPv4 networks, as "10.77.0.0/16". */

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

const toAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");

function range(cidr: string): { readonly first: number; readonly last: number } {
  const [address = "", bits = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(toNumber(address) / size) * size;
  return { first, last: first + size - 1 };
}

/** The machine's own address in a VPC's network: the last usable one, where no instance comes soon. */
export const gatewayOf = (cidr: string): string => toAddress(range(cidr).last - 1);

export function contains(cidr: string, address: string): boolean {
  const { first, last } = range(cidr);
  const value = toNumber(address);
  return first <= value && value <= last;
}
