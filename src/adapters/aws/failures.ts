/** What AWS answered, in its own words. */
export interface AwsFailure {
  readonly code: string;
  readonly message: string;
}

/** What was asked, of whom, as whom. */
export interface AwsAsked {
  /** The IAM action, such as "ec2:RunInstances". */
  readonly action: string;
  readonly region: string;
  readonly profile?: string | undefined;
  /** ARN of the role that was taken. */
  readonly role?: string | undefined;
}

export interface Explanation {
  /** What happened, and what it means. */
  readonly message: string;
  /** The command or edit that mends it. */
  readonly hint: string;
  readonly output?: string;
}

interface Rule {
  readonly codes: RegExp;
  /** Of the message, where the code alone does not decide. */
  readonly message?: RegExp;
  explain(failure: AwsFailure, asked: AwsAsked): Explanation;
}

const ofProfile = ({ profile }: AwsAsked) => (profile === undefined ? "" : ` of the profile "${profile}"`);
const withProfile = ({ profile }: AwsAsked) => (profile === undefined ? "" : ` --profile ${profile}`);
const signIn = (asked: AwsAsked) =>
  `Sign in again: aws sso login${withProfile(asked)}; or set new keys: aws configure${withProfile(asked)}`;

/** Where quotas are raised; codes are those of Service Quotas, which stay. */
const raise = (service: string, quota: string, { region }: AwsAsked) =>
  `Ask for more: aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${quota} --desired-value N --region ${region}`;

const QUOTAS: Readonly<
  Record<string, { readonly service: string; readonly quota: string; readonly what: string }>
> = {
  VcpuLimitExceeded: {
    service: "ec2",
    quota: "L-1216C47A",
    what: "virtual CPUs of running on-demand instances",
  },
  InstanceLimitExceeded: { service: "ec2", quota: "L-1216C47A", what: "running on-demand instances" },
  MaxSpotInstanceCountExceeded: {
    service: "ec2",
    quota: "L-34B43A08",
    what: "virtual CPUs of spot instances",
  },
  VpcLimitExceeded: { service: "vpc", quota: "L-F678F1CE", what: "VPCs in the region" },
  InternetGatewayLimitExceeded: {
    service: "vpc",
    quota: "L-A4707A72",
    what: "internet gateways in the region",
  },
  SecurityGroupLimitExceeded: { service: "vpc", quota: "L-E79EC296", what: "security groups in the region" },
  SubnetLimitExceeded: { service: "vpc", quota: "L-407747CB", what: "subnets in the VPC" },
  RouteTableLimitExceeded: { service: "vpc", quota: "L-589F43AA", what: "route tables in the VPC" },
  VpcEndpointLimitExceeded: { service: "vpc", quota: "L-1B52E74A", what: "gateway endpoints in the region" },
  VolumeLimitExceeded: { service: "ebs", quota: "L-7A658B76", what: "storage of gp3 volumes" },
};

/** Two policies have to agree, and AWS does not tell which one does not. */
function explainRole({ message }: AwsFailure, asked: AwsAsked): Explanation {
  const role = asked.role ?? /on resource: (\S+)/.exec(message)?.[1] ?? "the role";
  const who = /User: (arn:\S+)/.exec(message)?.[1];
  return {
    message: `AWS does not let ${who ?? `the credentials${ofProfile(asked)}`} take the role ${role} (sts:AssumeRole): ${message}`,
    hint: `Both have to allow it: your own policy sts:AssumeRole on ${role}, and the role's trust policy you (with aws.externalId where it asks for one). See whose credentials they are: aws sts get-caller-identity${withProfile(asked)}`,
  };
}

function explainRefusal({ message }: AwsFailure, asked: AwsAsked): Explanation {
  const action = /not authorized to perform:? ([\w-]+:\w+)/.exec(message)?.[1] ?? asked.action;
  const who = /User: (arn:\S+)/.exec(message)?.[1];
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  const [, encoded] = /Encoded authorization failure message: (\S+)/.exec(message) ?? [];
  const [, denier] = /explicit deny in an? ([a-z -]+?) ?(?:policy|$)/.exec(message) ?? [];
  return {
    message: [
      `AWS does not let ${who ?? (asked.role === undefined ? `the credentials${ofProfile(asked)}` : `the role ${asked.role}`)} do ${action}${resource === undefined ? "" : ` on ${resource}`}.`,
      ...(denier === undefined
        ? []
        : [`It is denied by a ${denier} policy, which no permission of yours overrides.`]),
    ].join("\n"),
    hint: `Add ${action} to the IAM policy; all that pyspark-deploy needs is in docs/iam-policy.json.`,
    ...(encoded !== undefined && {
      output: `Why, in AWS's words: aws sts decode-authorization-message --encoded-message ${encoded}${withProfile(asked)}`,
    }),
  };
}

const explainClock: Rule["explain"] = (_, { action }) => ({
  message: `AWS refused ${action}: this machine's clock is wrong by more than 5 minutes.`,
  hint: "Set the clock: sudo timedatectl set-ntp true (Linux), sudo sntp -sS time.apple.com (macOS), wsl --shutdown (WSL)",
});

const explainExpiry: Rule["explain"] = (_, asked) => ({
  message: `The AWS credentials${ofProfile(asked)} have expired.`,
  hint: signIn(asked),
});

/** A permission is missing. */
export const REFUSALS =
  /^(AccessDenied(Exception)?|AccessDeniedFault|UnauthorizedOperation|UnauthorizedAccess|NotAuthorized|Forbidden|403)$/;

/** The first that fits counts. */
const RULES: readonly Rule[] = [
  { codes: REFUSALS, message: /sts:AssumeRole/, explain: explainRole },
  {
    codes: REFUSALS,
    explain: explainRefusal,
  },
  { codes: /^(RequestTimeTooSkewed|RequestInTheFuture)$/, explain: explainClock },
  {
    codes: /^NoSuchBucket$/,
    explain: ({ message }, asked) => ({
      message: `The bucket that state: in pyspark-deploy.yaml names does not exist: ${message}`,
      hint: `Make it: aws s3 mb s3://BUCKET --region ${asked.region}${withProfile(asked)}; or correct state:`,
    }),
  },
  {
    codes: /^(SignatureDoesNotMatch|InvalidSignatureException|AuthFailure)$/,
    message: /signature (expired|not yet current)|clock|skew/i,
    explain: explainClock,
  },
  { codes: /^ExpiredToken(Exception)?$/, explain: explainExpiry },
  {
    codes: /^(TokenProviderError|CredentialsProviderError)$/,
    message: /expired|refresh|sso session|sso login/i,
    explain: explainExpiry,
  },
  {
    codes: /^RequestExpired$/,
    explain: (failure, asked) => ({
      message: `${explainExpiry(failure, asked).message.replace(/\.$/, "")}, or this machine's clock is wrong.`,
      hint: `${signIn(asked)}. See the time: date -u`,
    }),
  },
  {
    codes: /^(CredentialsProviderError|TokenProviderError|MissingAuthenticationToken)$/,
    explain: ({ message }, asked) => ({
      message: `No AWS credentials${asked.profile === undefined ? "" : ` for the profile "${asked.profile}"`}: ${message}`,
      hint: `Sign in: aws sso login${withProfile(asked)}; or set keys: aws configure${withProfile(asked)}${asked.profile === undefined ? "; or name a profile, in pyspark-deploy.yaml: aws: {profile: …}" : ""}`,
    }),
  },
  {
    codes:
      /^(InvalidClientTokenId|AuthFailure|UnrecognizedClientException|SignatureDoesNotMatch|InvalidSignatureException|InvalidAccessKeyId|IncompleteSignature)$/,
    explain: ({ message }, asked) => ({
      message: `AWS in ${asked.region} does not know the credentials${ofProfile(asked)}, or the region is not enabled for the account: ${message}`,
      hint: `See whose they are: aws sts get-caller-identity${withProfile(asked)}. ${signIn(asked)}`,
    }),
  },
  {
    codes: /^(OptInRequired|SubscriptionRequiredException)$/,
    explain: ({ message }, asked) => ({
      message: `The account may not use ${asked.region} or this service yet: ${message}`,
      hint: `Enable the region: aws account enable-region --region-name ${asked.region}${withProfile(asked)}; or choose another, in pyspark-deploy.yaml: aws: {region: …}`,
    }),
  },
  {
    codes: /^(PendingVerification|Blocked)$/,
    explain: ({ message }, asked) => ({
      message: `AWS has not released the account for ${asked.region} yet: ${message}`,
      hint: "Wait for AWS's e-mail (a few hours at most), or write to AWS support; another region may work at once.",
    }),
  },
  {
    codes: /^(ENOTFOUND|EAI_AGAIN|InvalidRegion|UnknownEndpoint|EndpointError|InvalidHostnameError)$/,
    explain: ({ message }, asked) => ({
      message: `There is no AWS region "${asked.region}", or this machine can't resolve AWS's names: ${message}`,
      hint: `See the regions: aws ec2 describe-regions --region us-east-1 --query 'Regions[].RegionName'; then correct aws: {region: …} in pyspark-deploy.yaml. If the name is right, check DNS and proxy.`,
    }),
  },
  {
    codes:
      /^(ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError|RequestTimeout|RequestTimeoutException)$/,
    explain: ({ code, message }, asked) => ({
      message: `AWS in ${asked.region} can't be reached (${code}): ${message}`,
      hint: "Check the network, and the VPN, proxy or AWS_ENDPOINT_URL if you use one; then run the command again.",
    }),
  },
  {
    codes:
      /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|CERT_.*|ERR_TLS_.*)$/,
    explain: ({ code, message }) => ({
      message: `The TLS certificate on the way to AWS is not trusted (${code}): ${message}`,
      hint: "Behind a proxy that opens TLS, name its authority: export NODE_EXTRA_CA_CERTS=company-ca.pem AWS_CA_BUNDLE=company-ca.pem",
    }),
  },
  {
    codes: /^InvalidParameterValue$|^InvalidIamInstanceProfile|^InvalidLaunchTemplate/i,
    message: /instance ?profile/i,
    explain: ({ message }) => ({
      message: `EC2 does not see the instance profile yet, or it does not exist: ${message}`,
      hint: "A new one takes up to two minutes: run the command again. One that you named yourself: aws iam list-instance-profiles",
    }),
  },
  {
    codes: /^(InvalidInstanceType|UnsupportedInstanceType)$/,
    explain: ({ message }, asked) => ({
      message: `An instance type does not exist in ${asked.region}: ${message}`,
      hint: `See what there is: aws ec2 describe-instance-type-offerings --region ${asked.region} --query 'InstanceTypeOfferings[].InstanceType'; then correct aws: {workerTypes, masterTypes}.`,
    }),
  },
  {
    codes: /^(Unsupported|UnsupportedOperation|InvalidFleetConfiguration|UnfulfillableCapacity)$/,
    explain: ({ message }, asked) => ({
      message: `AWS can't launch that type in that zone: ${message}`,
      hint: `See the zones that have it: aws ec2 describe-instance-type-offerings --location-type availability-zone --region ${asked.region} --filters Name=instance-type,Values=TYPE; then correct aws: {zones} or the types.`,
    }),
  },
  {
    codes: /^InvalidAMIID\./,
    explain: ({ message }, asked) => ({
      message: `The machine image does not exist in ${asked.region}, or is not shared with the account: ${message}`,
      hint: "Correct aws: {ami: …} in pyspark-deploy.yaml, or leave it out: the newest ECS-optimized Amazon Linux 2023 is used.",
    }),
  },
  {
    codes: /^(ParameterNotFound|ParameterVersionNotFound)$/,
    explain: ({ message }, asked) => ({
      message: `Amazon publishes no ECS-optimized Amazon Linux 2023 in ${asked.region}: ${message}`,
      hint: "Name a machine image with Docker in it, in pyspark-deploy.yaml: aws: {ami: ami-…}",
    }),
  },
  {
    codes: new RegExp(`^(${Object.keys(QUOTAS).join("|")})$`),
    explain: ({ code, message }, asked) => {
      const { service, quota, what } = QUOTAS[code] ?? { service: "ec2", quota: "L-1216C47A", what: code };
      return {
        message: `The account's quota in ${asked.region} is too small, ${what}: ${message}`,
        hint: `${raise(service, quota, asked)}${withProfile(asked)}; or use fewer or smaller machines, or another region.`,
      };
    },
  },
  {
    codes:
      /^(RequestLimitExceeded|Throttl.*|TooManyRequestsException|EC2ThrottledException|RequestThrottled(Exception)?|SlowDown|BandwidthLimitExceeded)$/,
    explain: ({ message }, asked) => ({
      message: `AWS throttles the account in ${asked.region}: ${asked.action} was refused again and again for about a minute: ${message}`,
      hint: "Wait a few minutes, look for other programs that ask AWS with this account, then run the command again.",
    }),
  },
  {
    codes: /LimitExceeded(Exception|Fault)?$|QuotaExceeded/,
    explain: ({ code, message }, asked) => ({
      message: `A quota of the account is reached (${code}): ${message}`,
      hint: `See it, and ask for more: https://console.aws.amazon.com/servicequotas/home?region=${asked.region}; or destroy what is not needed: pyspark-deploy list --all-regions`,
    }),
  },
  {
    codes:
      /^(InsufficientInstanceCapacity|InsufficientHostCapacity|InsufficientCapacity|SpotMaxPriceTooLow)$/,
    explain: ({ message }) => ({
      message: `AWS has not enough machines of that type now: ${message}`,
      hint: "Try again later, or give more choice, in pyspark-deploy.yaml: aws: {workerTypes: [m6i.xlarge, m7i.xlarge, m5.xlarge], zones: [...]}",
    }),
  },
  {
    codes: /^InsufficientFreeAddressesInSubnet$/,
    explain: ({ message }) => ({
      message: `The subnet has too few free addresses: ${message}`,
      hint: "Use a larger or another subnet, in pyspark-deploy.yaml: aws: {subnets: [...]}",
    }),
  },
  {
    codes:
      /^(InternalError|InternalFailure|InternalServerError|ServiceUnavailable(Exception)?|Unavailable|ServerInternal|5\d\d)$/,
    explain: ({ code, message }, asked) => ({
      message: `AWS itself failed at ${asked.action} in ${asked.region} (${code}): ${message}`,
      hint: "Run the command again; if it stays, see https://health.aws.amazon.com/health/status",
    }),
  },
];

/** What a failure of AWS means and what mends it. */
export function explainAws(failure: AwsFailure, asked: AwsAsked): Explanation {
  const rule = RULES.find(
    ({ codes, message }) =>
      codes.test(failure.code) && (message === undefined || message.test(failure.message)),
  );
  if (rule) return rule.explain(failure, asked);
  return {
    message: `AWS refused ${asked.action} in ${asked.region} (${failure.code}): ${failure.message}`,
    hint: `See what the account holds of your clusters: pyspark-deploy list --all-regions`,
  };
}
