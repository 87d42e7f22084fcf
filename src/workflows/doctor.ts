import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { inspectCredentials } from "../adapters/aws/credentials.js";
import type { EngineFacts } from "../adapters/docker/info.js";
import { surveyDocker } from "../adapters/docker/survey.js";
import { freeBytes, isWritable, loopbackFailure } from "../adapters/machine.js";
import { findConfigFile } from "../config/find.js";
import type { Context } from "../context.js";
import { UserError } from "../errors.js";
import { hostSystem } from "../host.js";
import {
  type Check,
  type CredentialFacts,
  checkConfig,
  checkCredentials,
  checkDocker,
  checkEngineDisk,
  checkIgnore,
  checkImages,
  checkLoopback,
  checkNode,
  checkPlatform,
  checkProjectDisk,
  checkSize,
  checkState,
  checkTool,
  clusterWish,
  type Problem,
} from "../plan/diagnosis.js";
import type { OperatingSystem } from "../plan/fixes.js";
import { STATE_DIRECTORY } from "../state/record.js";
import { awsScope } from "./aws-scope.js";
import { leavesOutState } from "./images.js";
import { Session } from "./session.js";

/** What the work gave, or the problem of the user's that stopped it. */
async function problemOr<T>(work: () => T | Promise<T>): Promise<T | { readonly problem: Problem }> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { message, hint, exitCode } = error;
    return { problem: { message, hint, exitCode } };
  }
}

interface Project {
  readonly session: Session | undefined;
  readonly check: Check;
}

async function openProject(context: Context, profile: string | undefined): Promise<Project> {
  const file = context.configFile ?? findConfigFile(resolve(context.directory));
  if (file === undefined) return { session: undefined, check: checkConfig(undefined, undefined) };
  const opened = await problemOr(() => new Session(context, profile));
  if ("problem" in opened) return { session: undefined, check: checkConfig(file, opened.problem) };
  return { session: opened, check: checkConfig(file, undefined) };
}

async function checkFolder({ loaded }: Session): Promise<Check[]> {
  const context = join(loaded.directory, loaded.config.image.context);
  const state = join(loaded.directory, STATE_DIRECTORY);
  const folder = existsSync(state) ? state : loaded.directory;
  return [
    checkIgnore(join(context, ".dockerignore"), await leavesOutState(context)),
    checkState(folder, await isWritable(folder)),
    ...checkProjectDisk(loaded.directory, await freeBytes(loaded.directory)),
  ];
}

async function checkStorage(session: Session): Promise<Check[]> {
  const { s3, profile, region } = session.loaded.config.storage;
  if (s3 === "embedded" || session.provider.name === "aws" || (s3 !== "aws" && profile === undefined))
    return [];
  const found = await problemOr<CredentialFacts>(async () => ({
    ...(await inspectCredentials({ profile, region, amazon: s3 === "aws" })),
    profile,
  }));
  return [checkCredentials("problem" in found ? found.problem : found, Date.now())];
}

/** What clusters in the cloud need beside Docker. */
async function checkCloud(session: Session): Promise<Check[]> {
  if (session.provider.name !== "aws") return [];
  const { findTerraform } = await import("../adapters/terraform/find.js");
  const { sshVersion } = await import("../adapters/ssh/keys.js");
  const { describeAnsible } = await import("../adapters/ansible/install.js");
  const { callerIdentity } = await import("../adapters/aws/identity.js");
  const scope = awsScope(session);
  const [terraform, ssh, ansible, identity] = await Promise.all([
    problemOr(async () => {
      const { program, version } = await findTerraform();
      return `${program} ${version}`;
    }),
    problemOr(sshVersion),
    problemOr(describeAnsible),
    problemOr<CredentialFacts>(async () => ({
      identity: (await callerIdentity(scope)).arn,
      expires: undefined,
      profile: scope.profile,
    })),
  ]);
  const shown = (found: string | { readonly problem: Problem }) =>
    typeof found === "string" ? found : found.problem;
  return [
    checkTool("terraform", shown(terraform)),
    checkTool("ssh", shown(ssh)),
    checkTool("ansible", shown(ansible)),
    checkCredentials("problem" in identity ? identity.problem : identity, Date.now()),
  ];
}

/** The engine's free disk: seen directly where it is this machine's, else through a container of the base image. */
async function checkEngineSpace(
  { rootDirectory, isHere }: EngineFacts,
  session: Session | undefined,
  system: OperatingSystem,
): Promise<Check> {
  const free = isHere ? await freeBytes(rootDirectory) : undefined;
  if (free !== undefined) return checkEngineDisk(rootDirectory, free, system);
  const base = await session?.images.builtBase();
  const inside = base === undefined ? undefined : await session?.engine.freeBytes(base);
  return checkEngineDisk("the Docker engine", inside, system);
}

async function checkUse(engine: EngineFacts, session: Session, system: OperatingSystem): Promise<Check[]> {
  const { images, loaded } = session;
  const treeHash = images.treeHash();
  const [base, project] = await Promise.all([images.builtBase(), treeHash.then((hash) => images.find(hash))]);
  return [
    ...checkPlatform(engine.architecture, loaded.config.image.platform),
    ...(session.provider.name === "local" ? [checkSize(engine, clusterWish(loaded.config), system)] : []),
    ...checkImages({ base, project: project?.reference }),
  ];
}

/** Looks at everything that the verbs need on this machine and in this project; changes nothing. */
export async function examine(context: Context, profile: string | undefined): Promise<Check[]> {
  const system = hostSystem();
  const [docker, loopback, { session, check: config }] = await Promise.all([
    surveyDocker(context.signal),
    loopbackFailure(),
    openProject(context, profile),
  ]);
  const { engine } = docker;
  const [space, use, folder, storage, cloud] = await Promise.all([
    engine && checkEngineSpace(engine, session, system),
    engine && session && checkUse(engine, session, system),
    session && checkFolder(session),
    session && checkStorage(session),
    session && checkCloud(session),
  ]);
  return [
    checkNode(process.versions.node, system),
    ...checkDocker(docker, system),
    ...(space ? [space] : []),
    checkLoopback(loopback, system),
    config,
    ...(folder ?? []),
    ...(storage ?? []),
    ...(cloud ?? []),
    ...(use ?? []),
  ];
}
