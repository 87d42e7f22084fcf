/** The systems whose commands we know; `linux` is any other distribution. */
export type OperatingSystem = "debian" | "fedora" | "linux" | "macos" | "wsl";

/** What a machine says of itself. */
export interface HostDescription {
  /** As `process.platform` has it. */
  readonly platform: string;
  /** Content of /etc/os-release, where there is one. */
  readonly osRelease: string;
  /** Content of /proc/version, where there is one. */
  readonly kernel: string;
}

const FAMILIES = { debian: /^(debian|ubuntu)$/, fedora: /^(fedora|rhel|centos|amzn)$/ } as const;

/** The system that decides which commands mend something. */
export function identifySystem({ platform, osRelease, kernel }: HostDescription): OperatingSystem {
  if (platform === "darwin") return "macos";
  if (/microsoft/i.test(kernel)) return "wsl";
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value = ""]) =>
    value.replace(/["']/g, "").split(/\s+/),
  );
  if (ids.some((id) => FAMILIES.debian.test(id))) return "debian";
  return ids.some((id) => FAMILIES.fedora.test(id)) ? "fedora" : "linux";
}

/** What can be wrong with a machine. */
export type Trouble =
  | "disk-full"
  | "docker-context"
  | "docker-host"
  | "docker-missing"
  | "docker-permission"
  | "docker-stopped"
  | "buildx-missing"
  | "engine-memory"
  | "loopback"
  | "network-in-use"
  | "node-version"
  | "terraform-missing";

type Fixes = Readonly<Record<OperatingSystem, string>>;

const everywhere = (fix: string): Fixes => ({
  debian: fix,
  fedora: fix,
  linux: fix,
  macos: fix,
  wsl: fix,
});

const DESKTOP_ON_WSL =
  "Start Docker Desktop in Windows, with this distribution switched on in Settings > Resources > WSL integration";
const JOIN_DOCKER_GROUP = "sudo usermod -aG docker $USER && newgrp docker";
const TERRAFORM_BY_SNAP = "sudo snap install --classic terraform";
const TERRAFORM_PAGES = "https://developer.hashicorp.com/terraform/install";
const NODE_BY_NPM = "sudo npm install --global n && sudo n 22";
const LOOPBACK_ON_LINUX = "sudo ip link set lo up";
const WHO_IS_IN_IT =
  "docker network inspect NAME    # names what is in it; nobody: Docker counts what is gone, so";
const SMALLER_CLUSTER = "Lower workers or worker.memory in pyspark-deploy.yaml";

/** The command, or failing that the edit, that mends a trouble on each system. */
export const FIXES: Readonly<Record<Trouble, Fixes>> = {
  "docker-missing": {
    debian: "sudo apt-get update && sudo apt-get install -y docker.io",
    fedora: "sudo dnf install -y moby-engine docker-cli docker-buildx && sudo systemctl enable --now docker",
    linux: "Install Docker Engine with your package manager, then: sudo systemctl enable --now docker",
    macos: "brew install --cask docker-desktop && open -a Docker",
    wsl: `winget.exe install Docker.DockerDesktop; then: ${DESKTOP_ON_WSL}`,
  },
  "docker-permission": {
    ...everywhere(JOIN_DOCKER_GROUP),
    macos: "docker context use desktop-linux    # or colima, orbstack: see docker context ls",
  },
  "docker-stopped": {
    ...everywhere("sudo systemctl enable --now docker"),
    macos: "open -a Docker    # Colima: colima start; OrbStack: orb start",
    wsl: `${DESKTOP_ON_WSL}; with an engine of your own: sudo service docker start`,
  },
  "network-in-use": {
    ...everywhere(`${WHO_IS_IN_IT} sudo systemctl restart docker`),
    macos: `${WHO_IS_IN_IT} restart Docker Desktop`,
    wsl: `${WHO_IS_IN_IT} restart Docker Desktop`,
  },
  "docker-context": everywhere("docker context ls, then: unset DOCKER_CONTEXT; docker context use NAME"),
  "docker-host": everywhere("unset DOCKER_HOST    # or point it to an engine that runs"),
  "buildx-missing": {
    debian: "sudo apt-get install -y docker-buildx    # with Docker's own packages: docker-buildx-plugin",
    fedora: "sudo dnf install -y docker-buildx",
    linux: "Install your distribution's package of Docker Buildx",
    macos: "brew install --cask docker-desktop && open -a Docker",
    wsl: `${DESKTOP_ON_WSL}; with an engine of your own: sudo apt-get install -y docker-buildx`,
  },
  "engine-memory": {
    ...everywhere(SMALLER_CLUSTER),
    macos: `Docker Desktop: Settings > Resources > Memory; Colima: colima stop && colima start --memory 8; or: ${SMALLER_CLUSTER}`,
    wsl: `Set memory=8GB under [wsl2] in %UserProfile%\\.wslconfig, then: wsl.exe --shutdown; or: ${SMALLER_CLUSTER}`,
  },
  "disk-full": {
    ...everywhere("docker builder prune && docker image prune    # what takes the space: docker system df"),
    macos:
      "docker builder prune && docker image prune; or give the engine more: Docker Desktop: Settings > Resources > Disk usage limit",
  },
  loopback: { ...everywhere(LOOPBACK_ON_LINUX), macos: "sudo ifconfig lo0 127.0.0.1 up" },
  "node-version": {
    debian: NODE_BY_NPM,
    fedora: "sudo dnf install -y nodejs22",
    linux: NODE_BY_NPM,
    macos: "brew install node@22 && brew link --overwrite node@22",
    wsl: NODE_BY_NPM,
  },
  "terraform-missing": {
    debian: `${TERRAFORM_BY_SNAP}    # without snap: ${TERRAFORM_PAGES}`,
    fedora: `sudo dnf install -y opentofu    # where there is no such package: ${TERRAFORM_PAGES}`,
    linux: `Install terraform or tofu: ${TERRAFORM_PAGES}`,
    macos: "brew install opentofu",
    wsl: `${TERRAFORM_BY_SNAP}    # without snap: ${TERRAFORM_PAGES}`,
  },
};

/** What to do on this system. */
export const fixFor = (trouble: Trouble, system: OperatingSystem): string => FIXES[trouble][system];

/** What to do where a program is missing. */
export function fixForMissing(program: string, system: OperatingSystem): string {
  if (program === "docker") return fixFor("docker-missing", system);
  if (program === "terraform" || program === "tofu") return fixFor("terraform-missing", system);
  return `Install ${program}, then run the command again.`;
}
