import type { IAMClient } from "@aws-sdk/client-iam";
import type { Labels } from "../../plan/identity.js";
import { type AwsScope, clientConfig, Service } from "./client.js";
import type { Found } from "./ec2-kinds.js";
import { awsCode } from "./errors.js";
import { tagTable } from "./tags.js";

type Sdk = typeof import("@aws-sdk/client-iam");
export type IamService = Service<IAMClient, Sdk>;

/** Under this path are all roles and instance profiles that we make: IAM can't be searched by tags. */
const PATH = "/pyspark-deploy/";

export function iamService(scope: AwsScope): IamService {
  return new Service(scope, "iam", async () => {
    const sdk = await import("@aws-sdk/client-iam");
    return { sdk, client: new sdk.IAMClient(await clientConfig(scope)) };
  });
}

const hasAll = (own: Labels, wanted: Labels) =>
  Object.entries(wanted).every(([key, value]) => own[key] === value);

/** Those of the names that have the tags; one that vanished since it was listed is left out. */
async function tagged(
  names: readonly string[],
  wanted: Labels,
  tagsOf: (name: string) => Promise<Labels>,
): Promise<Found[]> {
  const found = await Promise.all(
    names.map(async (id) => {
      try {
        const tags = await tagsOf(id);
        return hasAll(tags, wanted) ? [{ id, tags }] : [];
      } catch (error) {
        if (awsCode(error) !== "NoSuchEntity" && awsCode(error) !== "NoSuchEntityException") throw error;
        return [];
      }
    }),
  );
  return found.flat();
}

export async function clusterRoles(iam: IamService, tags: Labels): Promise<Found[]> {
  const names: string[] = [];
  await iam.call("ListRoles", async ({ client, sdk, options }) => {
    for await (const { Roles = [] } of sdk.paginateListRoles({ client }, { PathPrefix: PATH }, options))
      names.push(...Roles.map(({ RoleName = "" }) => RoleName));
  });
  return tagged(names, tags, async (RoleName) => {
    const { Role } = await iam.call("GetRole", ({ client, sdk, options }) =>
      client.send(new sdk.GetRoleCommand({ RoleName }), options),
    );
    return tagTable(Role?.Tags);
  });
}

export async function clusterProfiles(iam: IamService, tags: Labels): Promise<Found[]> {
  const names: string[] = [];
  await iam.call("ListInstanceProfiles", async ({ client, sdk, options }) => {
    const pages = sdk.paginateListInstanceProfiles({ client }, { PathPrefix: PATH }, options);
    for await (const { InstanceProfiles = [] } of pages)
      names.push(...InstanceProfiles.map(({ InstanceProfileName = "" }) => InstanceProfileName));
  });
  return tagged(names, tags, async (InstanceProfileName) => {
    const { InstanceProfile } = await iam.call("GetInstanceProfile", ({ client, sdk, options }) =>
      client.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }), options),
    );
    return tagTable(InstanceProfile?.Tags);
  });
}

/** Removes an instance profile; its role stays. */
export async function removeProfile(iam: IamService, InstanceProfileName: string): Promise<void> {
  const { InstanceProfile } = await iam.call("GetInstanceProfile", ({ client, sdk, options }) =>
    client.send(new sdk.GetInstanceProfileCommand({ InstanceProfileName }), options),
  );
  for (const { RoleName } of InstanceProfile?.Roles ?? [])
    await iam.call("RemoveRoleFromInstanceProfile", ({ client, sdk, options }) =>
      client.send(new sdk.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }), options),
    );
  await iam.call("DeleteInstanceProfile", ({ client, sdk, options }) =>
    client.send(new sdk.DeleteInstanceProfileCommand({ InstanceProfileName }), options),
  );
}

/** Removes a role with its inline policies and without what is attached to it; IAM refuses while a profile holds it. */
export async function removeRole(iam: IamService, RoleName: string): Promise<void> {
  const { PolicyNames = [] } = await iam.call("ListRolePolicies", ({ client, sdk, options }) =>
    client.send(new sdk.ListRolePoliciesCommand({ RoleName }), options),
  );
  for (const PolicyName of PolicyNames)
    await iam.call("DeleteRolePolicy", ({ client, sdk, options }) =>
      client.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName }), options),
    );
  const { AttachedPolicies = [] } = await iam.call("ListAttachedRolePolicies", ({ client, sdk, options }) =>
    client.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName }), options),
  );
  for (const { PolicyArn } of AttachedPolicies)
    await iam.call("DetachRolePolicy", ({ client, sdk, options }) =>
      client.send(new sdk.DetachRolePolicyCommand({ RoleName, PolicyArn }), options),
    );
  await iam.call("DeleteRole", ({ client, sdk, options }) =>
    client.send(new sdk.DeleteRoleCommand({ RoleName }), options),
  );
}
