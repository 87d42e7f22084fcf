import type { AwsScope } from "./client.js";
import { type Ec2Service, ec2Service } from "./ec2.js";
import { awsCode } from "./errors.js";

export interface SecurityGroupRule {
  readonly id: string;
  readonly cidr: string;
  readonly description: string;
  /** True for a rule that `authorizeSsh` added; the others are Terraform's or the user's own. */
  readonly ours: boolean;
}

const SSH_PORT = 22;
const DESCRIPTION = "pyspark-deploy: SSH from where it was run";

/** Who may reach port 22 of a cluster's machines: the rules of one security group. */
export class SshAccess {
  readonly #service: Ec2Service;

  constructor(
    scope: AwsScope,
    private readonly groupId: string,
  ) {
    this.#service = ec2Service(scope);
  }

  /** The IPv4 ranges from which SSH is allowed. */
  async rules(): Promise<SecurityGroupRule[]> {
    const found: SecurityGroupRule[] = [];
    await this.#service.call("DescribeSecurityGroupRules", async ({ client, sdk, options }) => {
      const pages = sdk.paginateDescribeSecurityGroupRules(
        { client },
        { Filters: [{ Name: "group-id", Values: [this.groupId] }] },
        options,
      );
      for await (const { SecurityGroupRules = [] } of pages)
        for (const rule of SecurityGroupRules) {
          const { FromPort = SSH_PORT, ToPort = SSH_PORT, IsEgress, CidrIpv4, Description = "" } = rule;
          // Rules for all ports have -1 for both.
          const covers = FromPort === -1 || (FromPort <= SSH_PORT && SSH_PORT <= ToPort);
          if (IsEgress || CidrIpv4 === undefined || !covers) continue;
          found.push({
            id: rule.SecurityGroupRuleId ?? "",
            cidr: CidrIpv4,
            description: Description,
            ours: Description === DESCRIPTION,
          });
        }
    });
    return found;
  }

  /** Lets an IPv4 range in; one that is in already is no error. */
  async authorize(cidr: string): Promise<void> {
    await this.#service
      .call("AuthorizeSecurityGroupIngress", ({ client, sdk, options }) =>
        client.send(
          new sdk.AuthorizeSecurityGroupIngressCommand({
            GroupId: this.groupId,
            IpPermissions: [
              {
                IpProtocol: "tcp",
                FromPort: SSH_PORT,
                ToPort: SSH_PORT,
                IpRanges: [{ CidrIp: cidr, Description: DESCRIPTION }],
              },
            ],
          }),
          options,
        ),
      )
      .catch((error: unknown) => {
        if (awsCode(error) !== "InvalidPermission.Duplicate") throw error;
      });
  }

  /** Shuts an IPv4 range out; one that is not in is no error. */
  async revoke(cidr: string): Promise<void> {
    await this.#service
      .call("RevokeSecurityGroupIngress", ({ client, sdk, options }) =>
        client.send(
          new sdk.RevokeSecurityGroupIngressCommand({
            GroupId: this.groupId,
            IpPermissions: [
              { IpProtocol: "tcp", FromPort: SSH_PORT, ToPort: SSH_PORT, IpRanges: [{ CidrIp: cidr }] },
            ],
          }),
          options,
        ),
      )
      .catch((error: unknown) => {
        if (awsCode(error) !== "InvalidPermission.NotFound") throw error;
      });
  }
}
