import { readAuthorities } from "../../adapters/authorities.js";
import { newKeyPair } from "../../adapters/ssh/keys.js";
import { endOf } from "../../config/duration.js";
import { planAwsCluster } from "../../plan/aws/aws-plan.js";
import { HOST_CONF_DIRECTORY, HOST_LOCAL_DIRECTORY } from "../../plan/aws/hosts.js";
import type { AwsSparkPlan } from "../../plan/aws/spark-plan.js";
import { objectName } from "../../plan/identity.js";
import { plannedFacts } from "../facts.js";
import type { DriverPlace, PlannedCluster, PlanRequest } from "../provider.js";
import { AwsCluster } from "./aws-cluster.js";
import { askCloud, sshNetworks } from "./offer.js";
import type { AwsProviderOptions } from "./options.js";

const driverPlace = (plan: AwsSparkPlan): DriverPlace => ({
  sshHost: "master",
  container: objectName(plan.identity, "driver"),
  confMount: { type: "bind", source: HOST_CONF_DIRECTORY },
  localDisk: HOST_LOCAL_DIRECTORY,
  sharesFiles: false,
  ...(Object.keys(plan.environment).length > 0 && { environment: { ...plan.environment } }),
});

/** Asks AWS what it offers and decides everything; makes nothing. */
export async function planCluster(
  { config, identity, image, secrets }: PlanRequest,
  options: AwsProviderOptions,
): Promise<PlannedCluster> {
  const architecture = await options.architecture(image.localReference ?? image.reference);
  const [cloud, sshCidrs, authorities, key, hostKey] = await Promise.all([
    askCloud(config, architecture, options.scope),
    sshNetworks(config, { env: options.env, signal: options.scope.signal }),
    readAuthorities(options.projectDirectory, config.aws.caBundle),
    newKeyPair(options.scope.signal),
    newKeyPair(options.scope.signal),
  ]);
  const expires = endOf(config.aws.ttl, Date.now());
  const plan = planAwsCluster({
    config,
    identity,
    image: { ...image, architecture },
    cloud,
    sshCidrs,
    repositoryArns: image.repositoryArn === undefined ? [] : [image.repositoryArn],
    expires,
    secrets,
    authorities,
  });
  const cluster = new AwsCluster({ plan, image, key, hostKey, options, config });
  return {
    facts: { ...plannedFacts(plan, config), driver: driverPlace(plan), cloud: cluster.facts([]) },
    create: (context, save) => cluster.create(context, save),
  };
}
