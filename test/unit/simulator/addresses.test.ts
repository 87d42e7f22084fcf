import { expect, it } from "vitest";
import { contains, gatewayOf } from "../../../src/simulator/addresses.js";

it.each([
  ["10.77.0.0/16", "10.77.255.254"],
  ["172.31.0.0/16", "172.31.255.254"],
  ["192.168.5.0/28", "192.168.5.14"],
  ["10.77.3.9/20", "10.77.15.254"],
])("the machine's address in %s is %s, where no instance comes soon", (cidr, address) => {
  expect(gatewayOf(cidr)).toBe(address);
});

it.each([
  ["10.77.0.0/16", "10.77.0.4", true],
  ["10.77.0.0/16", "10.77.255.255", true],
  ["10.77.0.0/16", "10.78.0.0", false],
  ["10.77.16.0/20", "10.77.15.255", false],
  ["200.0.0.0/8", "200.255.0.1", true],
])("%s contains %s: %s", (cidr, address, expected) => {
  expect(contains(cidr, address)).toBe(expected);
});
