import { describe, expect, it } from "vitest";
import { hostArguments, hostVolumes } from "../../../src/simulator/host-container.js";
import { instance } from "./instance.js";

const request = {
  simulator: "abc",
  image: "host-image",
  instance: instance(),
  network: "net",
  address: "10.77.0.4",
  directory: "/state/hosts/i-0",
  registry: { address: "10.77.255.254:5000", authority: "/state/ca.crt" },
};

describe("a host's container", () => {
  it("has the instance's address, and the label that stop finds it by", () => {
    const line = hostArguments(request).join(" ");
    expect(line).toContain("--network net --ip 10.77.0.4");
    expect(line).toContain("--label pyspark-deploy:simulator=abc");
    expect(line.endsWith(" host-image")).toBe(true);
  });

  it("is not privileged, and sees no device of the machine", () => {
    expect(hostArguments(request).join(" ")).not.toMatch(/--privileged|--device|\/dev/);
  });

  it("can change nothing of what the simulator gives it", () => {
    const binds = hostArguments(request).filter((word) => word.startsWith("type=bind"));
    expect(binds).toHaveLength(3);
    for (const bind of binds) expect(bind).toMatch(/,readonly$/);
  });

  it("has a volume for its instance store only where the type has one", () => {
    const names = (disks: number) =>
      hostVolumes("abc", instance({ instanceStore: { disks, bytesEach: 1 } })).map(({ target }) => target);
    expect(names(0)).toEqual(["/var/lib/docker"]);
    expect(names(2)).toEqual(["/var/lib/docker", "/var/lib/simulator/disks"]);
  });
});
