import { z } from "zod";

const fleetSchema = z.object({ id: z.string(), instance_ids: z.array(z.string()) });

const outputsSchema = z.object({
  vpc_id: z.string(),
  subnet_ids: z.record(z.string(), z.string()),
  security_group_id: z.string().nullable().default(null),
  instance_profile: z.string(),
  fleets: z.record(z.string(), fleetSchema),
});

/** What the module in assets/terraform made. */
export interface TerraformOutputs {
  readonly vpcId: string;
  /** By zone. */
  readonly subnetIds: Readonly<Record<string, string>>;
  /** The group that was made; null where existing ones are used. */
  readonly securityGroupId: string | null;
  readonly instanceProfile: string;
  /** By the key of the fleet. A fleet may have got fewer instances than it asked for: count them. */
  readonly fleets: Readonly<Record<string, { readonly id: string; readonly instanceIds: readonly string[] }>>;
}

/** Reads the outputs in Terraform's shape: `{ name: { value } }`. */
export function parseOutputs(raw: Readonly<Record<string, { readonly value?: unknown }>>): TerraformOutputs {
  const values = outputsSchema.parse(
    Object.fromEntries(Object.entries(raw).map(([name, { value }]) => [name, value])),
  );
  return {
    vpcId: values.vpc_id,
    subnetIds: values.subnet_ids,
    securityGroupId: values.security_group_id,
    instanceProfile: values.instance_profile,
    fleets: Object.fromEntries(
      Object.entries(values.fleets).map(([key, { id, instance_ids }]) => [
        key,
        { id, instanceIds: instance_ids },
      ]),
    ),
  };
}
