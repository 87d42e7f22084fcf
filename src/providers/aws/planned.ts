import { Ec2 } from "../../adapters/aws/ec2.js";
import { ownAddress } from "../../adapters/aws/identity.js";
import { latestAmi } from "../../adapters/aws/ssm.js";
import { newKeyPair } from "../../adapters/ssh/keys.js";
import { parseSeconds } from "../../config/duration.js";
import type { Config } from "../../config/schema.js";
import { type AwsClusterPlan, type CloudOffer, planAwsCluster } from "../../plan/aws/aws-plan.js";
import { typesToAsk } from "../../plan/aws/types.js";
import { objectName } from "../../plan/identity.js";
import { plannedFacts } from "../facts.js";
import type { DriverPlace, PlannedCluster, PlanRequest } from "../provider.js";
import { AwsCluster, CONF_DIRECTORY_ON_HOST } from "./aws-cluster.js";
import type { AwsProviderOptions } from "./options.js";

/** What EC2 has of the types that the config asks for. */
export async function askCloud(
  config: Config,
  architecture: "amd64" | "arm64",
  { scope }: Pick<AwsProviderOptions, "scope">,
): Promise<CloudOffer> {
  const ec2 = new Ec2(scope);
  const { masterTypes, workerTypes } = typesToAsk(config, architecture);
  const types = [...new Set([...masterTypes, ...workerTypes])];
  const [offerings, ami] = await Promise.all([
    ec2.offerings(types),
    (config.aws.ami === undefined ? latestAmi(scope, architecture) : Promise.resolve(config.aws.ami)).then(
      (id) => ec2.amiFacts(id),
    ),
  ]);
  // EC2 refuses the whole question when the region does not know one of the types.
  const offered = types.filter((type) => (offerings.get(type) ?? []).length > 0);
  const shapes = offered.length > 0 ? await ec2.instanceShapes(offered) : new Map();
  return { shapes, offerings, ami };
}

/** From where SSH is allowed: the config's networks, else this machine's own address alone. */
async function sshNetworks({ aws }: Config, { env, scope }: AwsProviderOptions): Promise<readonly string[]> {
  if (aws.sshFrom.length > 0) return aws.sshFrom;
  return [`${await ownAddress(env.PYSPARK_DEPLOY_ADDRESS_URL, scope.signal)}/32`];
}

const driverPlace = (plan: AwsClusterPlan): DriverPlace => ({
  sshHost: "master",
  container: objectName(plan.identity, "driver"),
  confMount: { type: "bind", source: CONF_DIRECTORY_ON_HOST },
  sharesFiles: false,
});

/** Asks AWS what it offers and decides everything; makes nothing. */
export async function planCluster(
  { config, identity, image, secrets }: PlanRequest,
  options: AwsProviderOptions,
): Promise<PlannedCluster> {
  const architecture = await options.architecture(image.localReference ?? image.reference);
  const [cloud, sshCidrs, key, hostKey] = await Promise.all([
    askCloud(config, architecture, options),
    sshNetworks(config, options),
    newKeyPair(options.scope.signal),
    newKeyPair(options.scope.signal),
  ]);
  const expires = new Date(Date.now() + parseSeconds(config.aws.ttl) * 1000).toISOString();
  const plan = planAwsCluster({
    config,
    identity,
    image: { ...image, architecture },
    cloud,
    sshCidrs,
    repositoryArns: image.repositoryArn === undefined ? [] : [image.repositoryArn],
    expires,
    secrets,
  });
  const cluster = new AwsCluster({ plan, image, key, hostKey, options, config });
  return {
    facts: { ...plannedFacts(plan, config), driver: driverPlace(plan), cloud: cluster.facts([]) },
    create: (context, save) => cluster.create(context, save),
    replace: () => cluster.replace(),
  };
}
