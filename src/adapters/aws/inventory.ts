import type { Labels } from "../../plan/identity.js";
import type { AwsScope } from "./client.js";
import { type Ec2Service, ec2Service } from "./ec2.js";
import { EC2_KINDS } from "./ec2-kinds.js";
import { isRefusal } from "./errors.js";
import { clusterProfiles, clusterRoles, type IamService, iamService } from "./iam.js";
import { type ClusterSelector, selectorTags } from "./tags.js";

/** Something of a cluster that exists on AWS. */
export interface Resource {
  readonly kind: Kind;
  readonly id: string;
  /** As AWS spells it, where the kind has one. */
  readonly state?: string | undefined;
  readonly tags: Labels;
}

export type Kind = keyof typeof EC2_KINDS | "iam-role" | "instance-profile";

/** The kinds that cost nothing while they exist come last. */
export const KINDS = [...(Object.keys(EC2_KINDS) as Kind[]), "iam-role", "instance-profile"] as const;

/** One question that was asked to prove what is there. */
export interface Look {
  readonly service: "EC2" | "IAM";
  readonly kind: Kind;
  readonly found: number;
}

export interface Inventory {
  readonly resources: readonly Resource[];
  /** What was looked at, whether or not anything was found. */
  readonly looked: readonly Look[];
  /** What the credentials may not look at, so that nothing is known of it. */
  readonly unseen: readonly { readonly kind: Kind; readonly reason: string }[];
}

export interface Services {
  readonly ec2: Ec2Service;
  readonly iam: IamService;
}

export const services = (scope: AwsScope): Services => ({ ec2: ec2Service(scope), iam: iamService(scope) });

async function find({ ec2, iam }: Services, kind: Kind, tags: Labels): Promise<Resource[]> {
  const found =
    kind === "iam-role"
      ? await clusterRoles(iam, tags)
      : kind === "instance-profile"
        ? await clusterProfiles(iam, tags)
        : await EC2_KINDS[kind].find(ec2, tags);
  return found.map((resource) => ({ kind, ...resource }));
}

/** What has all these tags, of the given kinds. */
export async function look(
  asked: Services,
  tags: Labels,
  kinds: readonly Kind[] = KINDS,
): Promise<Inventory> {
  const resources: Resource[] = [];
  const looked: Look[] = [];
  const unseen: { kind: Kind; reason: string }[] = [];
  await Promise.all(
    kinds.map(async (kind) => {
      try {
        const found = await find(asked, kind, tags);
        resources.push(...found);
        looked.push({ service: kind in EC2_KINDS ? "EC2" : "IAM", kind, found: found.length });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        unseen.push({ kind, reason: (error as Error).message });
      }
    }),
  );
  const inOrder = <T extends { readonly kind: Kind }>(list: T[]) =>
    list.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  return { resources: inOrder(resources), looked: inOrder(looked), unseen: inOrder(unseen) };
}

/**
 * Everything of a cluster that exists in this region, and in IAM, found by its tags alone. Terminated instances and deleted fleets,
 * which AWS goes on listing for an hour, count as gone.
 * @throws UserError (exit code 4) when AWS can't be asked at all.
 */
export const inventory = (scope: AwsScope, selector: ClusterSelector): Promise<Inventory> =>
  look(services(scope), selectorTags(selector));
