import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { docker } from "./cli.js";

export interface BastionPlace {
  readonly folder: string;
  /** A Docker network that hosts are in, and the bastion's address there. */
  readonly network: string;
  readonly address: string;
  /** That of simulated hosts. */
  readonly image: string;
}

/**
 * A host that lets one user in by SSH, without a shell, as company bastions do. `path` is a folder with an ssh that has the
 * user's own configuration: his key for the bastion, and the bastion's host key.
 */
export class BastionHost {
  readonly container: string;

  private constructor(
    readonly place: string,
    readonly path: string,
    address: string,
  ) {
    this.container = `bastion-${address.replaceAll(".", "-")}`;
  }

  static async start({ folder, network, address, image }: BastionPlace): Promise<BastionHost> {
    const path = join(folder, "bin");
    const bastion = new BastionHost(`ops@${address}`, path, address);
    mkdirSync(path);
    for (const name of ["user", "bastion"])
      await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, name)]);
    const known = join(folder, "known");
    const settings = join(folder, "own_ssh_config");
    writeFileSync(known, `${address} ${readFileSync(join(folder, "bastion.pub"), "utf8")}`);
    writeFileSync(
      settings,
      // Another name for the same host, under which its key is not known.
      `Host stranger\n  HostName ${address}\n  HostKeyAlias stranger\nHost *\n  IdentityFile ${join(folder, "user")}\n  UserKnownHostsFile ${known}\n  StrictHostKeyChecking yes\n`,
    );
    const { stdout: ssh } = await execa("which", ["ssh"]);
    const own = `#!/bin/sh\nfor word; do [ "$word" = -F ] && exec ${ssh} "$@"; done\nexec ${ssh} -F ${settings} "$@"\n`;
    writeFileSync(join(path, "ssh"), own);
    chmodSync(join(path, "ssh"), 0o755);
    const setUp = [
      "useradd --create-home --password '*' --shell /usr/sbin/nologin ops",
      "install -D -o ops -m 600 /keys/user.pub /home/ops/.ssh/authorized_keys",
      "install -m 600 /keys/bastion /etc/ssh/bastion",
      "mkdir -p /run/sshd",
      "exec /usr/sbin/sshd -D -o HostKey=/etc/ssh/bastion -o MaxStartups=2",
    ].join(" && ");
    await docker(
      ...["run", "--detach", "--name", bastion.container, "--network", network, "--ip", address],
      ...["--volume", `${folder}:/keys:ro`, "--entrypoint", "sh", image, "-c", setUp],
    );
    return bastion;
  }

  async stop(): Promise<void> {
    await docker("rm", "--force", this.container);
  }
}
