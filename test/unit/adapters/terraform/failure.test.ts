import { describe, expect, it } from "vitest";
import {
  parseDiagnostic,
  type TerraformError,
  TerraformFailure,
} from "../../../../src/adapters/terraform/failure.js";

const REFUSAL =
  "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/x is not authorized to perform: ec2:CreateFleet on resource: arn:aws:ec2:us-east-1:123456789012:fleet/* because no identity-based policy allows the ec2:CreateFleet action. Encoded authorization failure message: abc";
const answer = (operation: string, status: number, rest: string) =>
  `operation error ${operation}, https response error StatusCode: ${status}, RequestID: 5f0c-1, ${rest}`;

interface Case {
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  readonly expected: TerraformError;
}

/** As the AWS provider 5.100 says it. */
const CASES: Readonly<Record<string, Case>> = {
  "a permission that is missing": {
    summary: `creating EC2 Fleet: ${answer("EC2: CreateFleet", 403, `api error UnauthorizedOperation: ${REFUSAL}`)}`,
    address: 'aws_ec2_fleet.nodes["workers-1"]',
    expected: {
      code: "UnauthorizedOperation",
      action: "ec2:CreateFleet",
      message: REFUSAL,
      resource: 'aws_ec2_fleet.nodes["workers-1"]',
    },
  },
  "a permission of IAM": {
    summary: `creating IAM Role (psd-test): ${answer("IAM: CreateRole", 403, "api error AccessDenied: User: arn:aws:iam::1:user/x is not authorized to perform: iam:CreateRole")}`,
    address: 'aws_iam_role.nodes["own"]',
    expected: {
      code: "AccessDenied",
      action: "iam:CreateRole",
      message: "User: arn:aws:iam::1:user/x is not authorized to perform: iam:CreateRole",
      resource: 'aws_iam_role.nodes["own"]',
    },
  },
  "an error that has a type of its own": {
    summary: `creating IAM Role (psd-test): ${answer("IAM: CreateRole", 409, "EntityAlreadyExists: Role with name psd-test already exists.")}`,
    expected: {
      code: "EntityAlreadyExists",
      action: "iam:CreateRole",
      message: "Role with name psd-test already exists.",
    },
  },
  throttling: {
    summary: `creating EC2 VPC: operation error EC2: CreateVpc, exceeded maximum number of attempts, 25, https response error StatusCode: 503, RequestID: 1, api error RequestLimitExceeded: Request limit exceeded.`,
    expected: { code: "RequestLimitExceeded", action: "ec2:CreateVpc", message: "Request limit exceeded." },
  },
  "a quota": {
    summary: `creating EC2 VPC: ${answer("EC2: CreateVpc", 400, "api error VpcLimitExceeded: The maximum number of VPCs has been reached.")}`,
    expected: {
      code: "VpcLimitExceeded",
      action: "ec2:CreateVpc",
      message: "The maximum number of VPCs has been reached.",
    },
  },
  "an image that does not exist": {
    summary: `creating EC2 Launch Template (psd): ${answer("EC2: CreateLaunchTemplate", 400, "api error InvalidAMIID.NotFound: The image id '[ami-1]' does not exist")}`,
    expected: {
      code: "InvalidAMIID.NotFound",
      action: "ec2:CreateLaunchTemplate",
      message: "The image id '[ami-1]' does not exist",
    },
  },
  "an operation that is not supported": {
    summary: `creating EC2 Fleet: ${answer("EC2: CreateFleet", 400, "api error UnsupportedOperation: no such type here")}`,
    expected: { code: "UnsupportedOperation", action: "ec2:CreateFleet", message: "no such type here" },
  },
  "a message over several lines": {
    summary: "deleting EC2 VPC (vpc-1)",
    detail: `${answer("EC2: DeleteVpc", 400, "api error\nDependencyViolation: The vpc 'vpc-1' has dependencies\nand cannot be deleted.")}`,
    expected: {
      code: "DependencyViolation",
      action: "ec2:DeleteVpc",
      message: "The vpc 'vpc-1' has dependencies and cannot be deleted.",
    },
  },
  "credentials that have expired": {
    summary: `Retrieving AWS account details: validating provider credentials: retrieving caller identity from STS: ${answer("STS: GetCallerIdentity", 403, "api error ExpiredToken: The security token included in the request is expired")}`,
    address: 'provider["example.org/hashicorp/aws"]',
    expected: {
      code: "ExpiredToken",
      action: "sts:GetCallerIdentity",
      message: "The security token included in the request is expired",
    },
  },
  "a session of IAM Identity Center that has expired": {
    summary: "No valid credential sources found",
    detail:
      "Error: failed to refresh cached credentials, refresh cached SSO token failed, unable to refresh SSO token, operation error SSO OIDC: CreateToken, failed",
    expected: {
      code: "ExpiredToken",
      action: "ssooidc:CreateToken",
      message:
        "No valid credential sources found: Error: failed to refresh cached credentials, refresh cached SSO token failed, unable to refresh SSO token, operation error SSO OIDC: CreateToken, failed",
    },
  },
  "no credentials": {
    summary: "No valid credential sources found",
    detail: "Error: failed to refresh cached credentials, no EC2 IMDS role found",
    expected: {
      code: "CredentialsProviderError",
      message:
        "No valid credential sources found: Error: failed to refresh cached credentials, no EC2 IMDS role found",
    },
  },
  "a profile that does not exist": {
    summary: "failed to get shared config profile, nope",
    expected: { code: "CredentialsProviderError", message: "failed to get shared config profile, nope" },
  },
  "a region that does not exist": {
    summary: "invalid AWS Region: eu-nowhere-9",
    expected: { code: "InvalidRegion", message: "invalid AWS Region: eu-nowhere-9" },
  },
  "AWS out of reach": {
    summary: `retrieving caller identity from STS: operation error STS: GetCallerIdentity, exceeded maximum number of attempts, 9, https response error StatusCode: 0, RequestID: , request send failed, Post "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused`,
    expected: {
      code: "ECONNREFUSED",
      action: "sts:GetCallerIdentity",
      message: `retrieving caller identity from STS: operation error STS: GetCallerIdentity, exceeded maximum number of attempts, 9, https response error StatusCode: 0, RequestID: , request send failed, Post "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused`,
    },
  },
  "a host name that does not resolve": {
    summary: `operation error EC2: CreateVpc, https response error StatusCode: 0, RequestID: , request send failed, Post "https://x/": dial tcp: lookup x: no such host`,
    expected: {
      code: "ENOTFOUND",
      action: "ec2:CreateVpc",
      message: `operation error EC2: CreateVpc, https response error StatusCode: 0, RequestID: , request send failed, Post "https://x/": dial tcp: lookup x: no such host`,
    },
  },
  "a value that the module refuses": {
    summary: "Invalid value for variable",
    detail:
      "name must be 2 to 40 lower-case letters.\n\nThis was checked by the validation rule at variables.tf:19,3-13.",
    expected: {
      message:
        "Invalid value for variable: name must be 2 to 40 lower-case letters. This was checked by the validation rule at variables.tf:19,3-13.",
    },
  },
};

describe("a failure of Terraform's", () => {
  it.each(Object.entries(CASES))("of %s has AWS's code, the IAM action and the message", (_, testCase) => {
    const { summary, detail = "", address, expected } = testCase;
    expect(parseDiagnostic({ summary, detail, address })).toEqual(expected);
  });

  it("tells each reason once, and where", () => {
    const refused = (resource: string): TerraformError => ({
      code: "UnauthorizedOperation",
      message: "You may not.",
      resource,
    });
    const failure = new TerraformFailure("apply", [
      refused("aws_ec2_fleet.a"),
      refused("aws_ec2_fleet.b"),
      { message: "broken" },
    ]);
    expect(failure.exitCode).toBe(4);
    expect(failure.message).toBe(
      "terraform apply failed.\naws_ec2_fleet.a: UnauthorizedOperation: You may not.\nbroken",
    );
    expect(failure.errors).toHaveLength(2);
    expect(failure.hint).toContain("pyspark-deploy destroy");
  });
});
