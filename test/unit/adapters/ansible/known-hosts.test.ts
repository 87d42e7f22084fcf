import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { setHostKeys } from "../../../../src/adapters/ansible/known-hosts.js";

const newFile = () => join(mkdtempSync(join(tmpdir(), "known-")), "known_hosts");

it("a host's own key takes the place of the one that it booted with; the others stay", () => {
  const file = newFile();
  writeFileSync(file, "10.0.0.1 ssh-ed25519 BOOT\n10.0.0.10 ssh-ed25519 BOOT\n");
  setHostKeys(file, new Map([["10.0.0.1", "ssh-ed25519 OWN"]]));
  setHostKeys(file, new Map([["10.0.0.1", "ssh-ed25519 OWN"]]));
  expect(readFileSync(file, "utf8")).toBe("10.0.0.10 ssh-ed25519 BOOT\n10.0.0.1 ssh-ed25519 OWN\n");
});

it("the file is made when it is absent, for the user alone", () => {
  const file = newFile();
  setHostKeys(file, new Map([["10.0.0.1", "ssh-ed25519 OWN"]]));
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
