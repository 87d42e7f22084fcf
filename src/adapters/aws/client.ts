import { type AssumedRole, assumedRole, type ExpiringCredentials } from "./assumed-role.js";
import { credentialEnvironment } from "./credentials.js";
import { awsError } from "./errors.js";

/** Where AWS is asked, and as whom; services that share one object also share its credentials, resolved once. */
export interface AwsScope {
  readonly region: string;
  /** A profile of the user's AWS config; undefined means the usual places. */
  readonly profile?: string | undefined;
  /** Taken with those credentials; everything is asked as this role. */
  readonly role?: AssumedRole | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** With the SDK's backoff of at most 20 s each: about a minute of throttling is sat out. */
const THROTTLED_ATTEMPTS = 10;
/** Network failures and errors of AWS's own, so that a network that swallows packets costs seconds, not minutes. */
const FAILED_ATTEMPTS = 3;
const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

type Provider = () => Promise<ExpiringCredentials>;

const providers = new WeakMap<AwsScope, Promise<Provider>>();

function credentialsOf(scope: AwsScope): Promise<Provider> {
  const known = providers.get(scope);
  if (known) return known;
  const { region, profile, role } = scope;
  const made = import("@aws-sdk/credential-providers").then(({ fromNodeProviderChain }): Provider => {
    const own = fromNodeProviderChain({
      ...(profile !== undefined && { profile }),
      clientConfig: { region },
    });
    if (!role) return own;
    const asked = { action: "sts:AssumeRole", region, profile, role: role.arn };
    return assumedRole(role, own, region, (cause) => awsError(cause, asked));
  });
  providers.set(scope, made);
  return made;
}

/** The same account in another region, with the same resolved credentials. */
export function inRegion(scope: AwsScope, region: string): AwsScope {
  const other = { ...scope, region };
  providers.set(other, credentialsOf(scope));
  return other;
}

/** The credentials with which a scope asks AWS. */
export async function scopeCredentials(scope: AwsScope): Promise<ExpiringCredentials> {
  return (await credentialsOf(scope))();
}

/**
 * The environment in which another program asks AWS as this scope does.
 * @throws UserError (exit code 4) when the scope's role can't be taken.
 */
export async function awsEnvironment(scope: AwsScope): Promise<Record<string, string>> {
  if (!scope.role) return scope.profile === undefined ? {} : { AWS_PROFILE: scope.profile };
  const credentials = await scopeCredentials(scope);
  // An AWS_PROFILE of the user's own is whom the role was taken as.
  return { AWS_PROFILE: "", ...credentialEnvironment(credentials) };
}

async function retryStrategy() {
  const { StandardRetryStrategy } = await import("@smithy/core/retry");
  type Refresh = InstanceType<typeof StandardRetryStrategy>["refreshRetryTokenForRetry"];
  return new (class extends StandardRetryStrategy {
    override async refreshRetryTokenForRetry(...[token, failure]: Parameters<Refresh>): ReturnType<Refresh> {
      if (failure.errorType !== "THROTTLING" && token.getRetryCount() + 1 >= FAILED_ATTEMPTS)
        throw new Error("enough attempts");
      return super.refreshRetryTokenForRetry(token, failure);
    }
  })(THROTTLED_ATTEMPTS);
}

/** How every client of ours is made. Endpoints come from AWS_ENDPOINT_URL, as in every SDK. */
export async function clientConfig(scope: AwsScope) {
  const { region, profile } = scope;
  const [credentials, strategy] = await Promise.all([credentialsOf(scope), retryStrategy()]);
  return {
    region,
    ...(profile !== undefined && { profile }),
    credentials,
    retryStrategy: strategy,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
}

export interface Call<Client, Sdk> {
  readonly client: Client;
  readonly sdk: Sdk;
  /** Goes with every request, so that Ctrl-C ends it. */
  readonly options: { readonly abortSignal?: AbortSignal };
}

/** One AWS service; its SDK is loaded on first use, since most commands never need it. */
export class Service<Client, Sdk> {
  #loaded: Promise<{ readonly client: Client; readonly sdk: Sdk }> | undefined;

  constructor(
    private readonly scope: AwsScope,
    /** As IAM spells it, such as "ec2". */
    private readonly prefix: string,
    private readonly load: () => Promise<{ readonly client: Client; readonly sdk: Sdk }>,
  ) {}

  /**
   * Calls AWS; `action` is the IAM action that the call needs.
   * @throws UserError (exit code 4) that says what AWS refused and what mends it; InterruptedError when `signal` fires.
   */
  async call<T>(action: string, work: (call: Call<Client, Sdk>) => Promise<T>): Promise<T> {
    const { signal, region, profile, role } = this.scope;
    try {
      this.#loaded ??= this.load();
      return await work({ ...(await this.#loaded), options: signal ? { abortSignal: signal } : {} });
    } catch (cause) {
      throw awsError(cause, { action: `${this.prefix}:${action}`, region, profile, role: role?.arn });
    }
  }
}
