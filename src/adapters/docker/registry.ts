import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../../errors.js";
import type { RunResult } from "../../exec/run.js";
import { explainDockerFailure, recognizeTrouble } from "./errors.js";

/** A password for one registry that the user's own Docker config knows nothing of. */
export interface RegistryLogin {
  /** Host, and port where it has one. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Runs `work` with the environment in which `docker` logs in to a registry: a config of its own, since `docker login` would put the
 * password into the user's, or into the machine's keychain. Contexts, by which the engine is found, are still the user's.
 */
export async function withDockerConfig<T>(
  login: RegistryLogin | undefined,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  if (login === undefined) return work({});
  const users = process.env.DOCKER_CONFIG ?? join(homedir(), ".docker");
  const { currentContext } = JSON.parse(
    await readFile(join(users, "config.json"), "utf8").catch(() => "{}"),
  ) as { readonly currentContext?: string };
  const directory = await mkdtemp(join(tmpdir(), "pyspark-deploy-docker-"));
  try {
    const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64");
    const config = {
      auths: { [login.registry]: { auth } },
      ...(currentContext !== undefined && { currentContext }),
    };
    await writeFile(join(directory, "config.json"), JSON.stringify(config), { mode: 0o600 });
    await symlink(join(users, "contexts"), join(directory, "contexts"));
    return await work({ DOCKER_CONFIG: directory });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Reads the digest from what `docker push` prints at its end. */
export function pushedDigest(stdout: string): string {
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
  if (digest === undefined) throw new Error(`docker push told no digest: ${stdout.slice(-200)}`);
  return digest;
}

interface Explanation {
  readonly pattern: RegExp;
  explain(registry: string): { readonly message: string; readonly hint: string };
}

const EXPLANATIONS: readonly Explanation[] = [
  {
    pattern: /no basic auth credentials|unauthorized|authentication required|denied|403 forbidden/i,
    explain: (registry) => ({
      message: `${registry} does not let you push there.`,
      hint: `Log in: docker login ${registry}; and check that you may write to that repository.`,
    }),
  },
  {
    pattern: /certificate signed by unknown authority|x509|server gave HTTP response to HTTPS client/i,
    explain: (registry) => ({
      message: `The Docker engine does not trust ${registry}.`,
      hint: `Give the engine its authority: /etc/docker/certs.d/${registry}/ca.crt (https://docs.docker.com/engine/security/certificates/).`,
    }),
  },
  {
    pattern:
      /no such host|i\/o timeout|connection refused|connection reset|TLS handshake timeout|context deadline/i,
    explain: (registry) => ({
      message: `The Docker engine can't reach ${registry}.`,
      hint: "Check the name, the network and the engine's proxy (docker info shows it), then run the command again: what was pushed stays.",
    }),
  },
  {
    pattern: /name unknown|repository .* (not found|does not exist)/i,
    explain: (registry) => ({
      message: `${registry} has no such repository and does not make it.`,
      hint: "Make the repository there, or correct image.registry in pyspark-deploy.yaml.",
    }),
  },
];

/** What `docker push` said, as an error that a user can act on. */
export function explainPushFailure(reference: string, result: RunResult): UserError {
  const said = result.stderr.trim();
  const known = EXPLANATIONS.find(({ pattern }) => pattern.test(said));
  if (!known || recognizeTrouble(said)) return explainDockerFailure(["push"], result);
  return new UserError({
    exitCode: ExitCode.cloudRefused,
    ...known.explain(reference.split("/")[0] ?? reference),
    output: said,
  });
}
