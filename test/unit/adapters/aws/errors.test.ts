import { describe, expect, it } from "vitest";
import { awsCode, awsError, awsFailure, isRefusal } from "../../../../src/adapters/aws/errors.js";
import { InterruptedError, UserError } from "../../../../src/errors.js";

const ASKED = { action: "ec2:CreateFleet", region: "eu-central-1", profile: "research" };
const NOBODY = { action: "sts:GetCallerIdentity", region: "eu-central-1" };

/** As an SDK throws them. */
const sdkError = (name: string, message: string) => Object.assign(new Error(message), { name });
const nodeError = (code: string, message = code) => Object.assign(new Error(message), { code });

const DENIED =
  "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::123456789012:role/psd-1 because no identity-based policy allows the iam:CreateRole action";

/** What AWS answers, and what a user has to find in the message and in the hint. */
const TABLE: readonly [code: string, message: string, says: RegExp, mends: RegExp][] = [
  [
    "AccessDenied",
    DENIED,
    /user\/ann do iam:CreateRole on .*role\/psd-1/,
    /iam:CreateRole.*docs\/iam-policy/,
  ],
  [
    "UnauthorizedOperation",
    "You are not authorized to perform this operation.",
    /"research" do ec2:CreateFleet/,
    /ec2:CreateFleet/,
  ],
  [
    "AccessDenied",
    `${DENIED} with an explicit deny in a service control policy`,
    /denied by a service control policy/,
    /iam:CreateRole/,
  ],
  ["AccessDeniedException", "no", /ec2:CreateFleet/, /docs\/iam-policy/],
  [
    "ExpiredToken",
    "The security token included in the request is expired",
    /have expired/,
    /aws sso login --profile research/,
  ],
  ["ExpiredTokenException", "expired", /have expired/, /aws sso login/],
  ["RequestExpired", "Request has expired.", /have expired, or this machine's clock is wrong/, /date -u/],
  [
    "CredentialsProviderError",
    "The SSO session associated with this profile has expired.",
    /have expired/,
    /aws sso login --profile research/,
  ],
  [
    "TokenProviderError",
    "Token is expired. To refresh this SSO session run 'aws sso login'",
    /have expired/,
    /aws sso login/,
  ],
  [
    "CredentialsProviderError",
    "Could not load credentials from any providers",
    /No AWS credentials for the profile "research"/,
    /aws configure --profile research/,
  ],
  [
    "InvalidClientTokenId",
    "The security token included in the request is invalid.",
    /does not know the credentials/,
    /aws sts get-caller-identity/,
  ],
  [
    "AuthFailure",
    "AWS was not able to validate the provided access credentials",
    /does not know the credentials/,
    /get-caller-identity/,
  ],
  [
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match",
    /does not know the credentials/,
    /get-caller-identity/,
  ],
  [
    "SignatureDoesNotMatch",
    "Signature expired: 20261101T000000Z is now earlier than 20261101T010000Z",
    /clock is wrong/,
    /timedatectl/,
  ],
  [
    "RequestTimeTooSkewed",
    "The difference between the request time and the current time is too large.",
    /clock is wrong/,
    /timedatectl/,
  ],
  [
    "OptInRequired",
    "You are not subscribed to this service.",
    /may not use eu-central-1/,
    /enable-region --region-name eu-central-1/,
  ],
  [
    "PendingVerification",
    "Your account is currently being verified.",
    /not released the account/,
    /AWS support/,
  ],
  [
    "ENOTFOUND",
    "getaddrinfo ENOTFOUND ec2.eu-central-1.amazonaws.com",
    /no AWS region "eu-central-1"/,
    /describe-regions/,
  ],
  ["ETIMEDOUT", "connect ETIMEDOUT", /can't be reached/, /proxy/],
  [
    "TimeoutError",
    "a request has exceeded the configured 30000 ms requestTimeout.",
    /can't be reached/,
    /VPN/,
  ],
  ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1", /can't be reached/, /AWS_ENDPOINT_URL/],
  [
    "SELF_SIGNED_CERT_IN_CHAIN",
    "self-signed certificate in certificate chain",
    /certificate .* is not trusted/,
    /NODE_EXTRA_CA_CERTS/,
  ],
  [
    "InvalidParameterValue",
    "Value (psd-1) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    /does not see the instance profile yet/,
    /two minutes/,
  ],
  [
    "InvalidInstanceType",
    "The following supplied instance types do not exist: [m6i.huge]",
    /does not exist in eu-central-1.*m6i\.huge/,
    /workerTypes/,
  ],
  [
    "Unsupported",
    "Your requested instance type (m6i.large) is not supported in your requested Availability Zone (eu-central-1c).",
    /can't launch that type in that zone/,
    /aws: \{zones\}/,
  ],
  [
    "InvalidAMIID.NotFound",
    "The image id '[ami-1]' does not exist",
    /machine image does not exist.*ami-1/,
    /ami/,
  ],
  ["InvalidAMIID.Malformed", 'Invalid id: "ami-x"', /machine image/, /ami/],
  [
    "VcpuLimitExceeded",
    "You have requested more vCPU capacity than your current vCPU limit of 16 allows",
    /quota .* too small, virtual CPUs/,
    /--quota-code L-1216C47A .*--region eu-central-1 --profile research/,
  ],
  ["MaxSpotInstanceCountExceeded", "Max spot instance count exceeded", /spot instances/, /L-34B43A08/],
  [
    "VpcLimitExceeded",
    "The maximum number of VPCs has been reached.",
    /VPCs in the region/,
    /--service-code vpc --quota-code L-F678F1CE/,
  ],
  [
    "LimitExceeded",
    "Cannot exceed quota for RolesPerAccount: 1000",
    /quota of the account is reached/,
    /servicequotas/,
  ],
  [
    "InsufficientInstanceCapacity",
    "We currently do not have sufficient m6i.large capacity",
    /not enough machines/,
    /workerTypes/,
  ],
  ["InsufficientFreeAddressesInSubnet", "no", /too few free addresses/, /subnets/],
  [
    "RequestLimitExceeded",
    "Request limit exceeded.",
    /throttles the account.*ec2:CreateFleet/,
    /Wait a few minutes/,
  ],
  ["Throttling", "Rate exceeded", /throttles/, /Wait/],
  ["ThrottlingException", "Rate exceeded", /throttles/, /Wait/],
  ["InternalError", "An internal error has occurred", /AWS itself failed at ec2:CreateFleet/, /again/],
  [
    "SomethingNew",
    "of next year",
    /refused ec2:CreateFleet in eu-central-1 \(SomethingNew\): of next year/,
    /pyspark-deploy list/,
  ],
];

describe("what AWS refuses", () => {
  it.each(TABLE)("%s (%s) is told with what mends it", (code, message, says, mends) => {
    const error = awsFailure({ code, message }, ASKED);
    expect(error.exitCode).toBe(4);
    expect(error.message).toMatch(says);
    expect(error.hint).toMatch(mends);
    expect(awsCode(error)).toBe(code);
  });

  it("names the command that decodes what AWS encoded", () => {
    const { output } = awsFailure(
      {
        code: "UnauthorizedOperation",
        message: `${DENIED}. Encoded authorization failure message: abcDEF-123`,
      },
      ASKED,
    );
    expect(output).toContain(
      "aws sts decode-authorization-message --encoded-message abcDEF-123 --profile research",
    );
  });

  it("without a profile says how to name one", () => {
    const error = awsFailure({ code: "CredentialsProviderError", message: "none" }, NOBODY);
    expect(error.message).toMatch(/^No AWS credentials: none$/);
    expect(error.hint).toContain("aws: {profile: …}");
  });
});

describe("what an SDK throws", () => {
  it("keeps AWS's code, by which others decide", () => {
    const error = awsError(sdkError("DependencyViolation", "in use"), ASKED);
    expect(awsCode(error)).toBe("DependencyViolation");
    expect(isRefusal(error)).toBe(false);
    expect(isRefusal(awsError(sdkError("UnauthorizedOperation", "no"), ASKED))).toBe(true);
  });

  it("is read from the network error inside it", () => {
    const wrapped = new Error("request failed", { cause: nodeError("ECONNRESET", "socket hang up") });
    expect(awsError(wrapped, ASKED).message).toContain("ECONNRESET");
  });

  it("is Ctrl-C where the request was aborted", () => {
    expect(awsError(sdkError("AbortError", "aborted"), ASKED)).toBeInstanceOf(InterruptedError);
  });

  it("passes unchanged where it is ours already, or a bug", () => {
    const ours = new UserError({ exitCode: 2, message: "ours" });
    const bug = new TypeError("x is undefined");
    expect(awsError(ours, ASKED)).toBe(ours);
    expect(awsError(bug, ASKED)).toBe(bug);
  });
});
