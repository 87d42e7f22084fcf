import { ExitCode, UserError } from "../../errors.js";
import type { Diagnostic } from "./messages.js";

/** One error of Terraform's, without the words that wrap it. */
export interface TerraformError {
  /**
   * AWS's own code, such as UnauthorizedOperation; ExpiredToken and CredentialsProviderError (the AWS SDK's name for
   * "none found") also where no call was made; ECONNREFUSED, ENOTFOUND or ETIMEDOUT where AWS was not reached; StateLocked while another command has the state.
   */
  readonly code?: string | undefined;
  /** The IAM action that was tried, such as "ec2:CreateFleet". */
  readonly action?: string | undefined;
  readonly message: string;
  /** The resource's address, such as `aws_vpc.cluster["own"]`. */
  readonly resource?: string | undefined;
}

/** What AWS's SDK for Go puts around an answer of AWS. */
const OPERATION = /operation error ([\w ]+): (\w+),/;
const ANSWER =
  /https response error StatusCode: \d+, RequestID: [^,]*,(?: api error)? (?:api error )?([A-Za-z][\w.]*): ?(.*)$/s;

/** What goes wrong before AWS answers; the first that fits counts. */
const LOCAL_TROUBLES: readonly { readonly code: string; readonly pattern: RegExp }[] = [
  {
    code: "ExpiredToken",
    pattern: /token (?:has|is) expired|session has expired|refresh cached SSO token failed|ExpiredToken/i,
  },
  {
    code: "CredentialsProviderError",
    pattern:
      /no valid credential sources|failed to refresh cached credentials|failed to get shared config profile|shared config profile|no EC2 IMDS role/i,
  },
  { code: "InvalidRegion", pattern: /invalid AWS Region/i },
  { code: "ECONNREFUSED", pattern: /connection refused/i },
  { code: "ENOTFOUND", pattern: /no such host/i },
  { code: "ETIMEDOUT", pattern: /i\/o timeout|context deadline exceeded|TLS handshake timeout/i },
];

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

/** Reads code, action and message out of what Terraform says of a failed call. */
export function parseDiagnostic({ summary, detail, address }: Diagnostic): TerraformError {
  // Credentials and region are the provider's trouble, whose address tells nothing.
  const resource = address === undefined || address.startsWith("provider[") ? {} : { resource: address };
  // Its cause is an answer of S3's that says nothing of locks.
  if (/^error acquiring the state lock/i.test(summary))
    return { code: "StateLocked", message: oneLine(`${summary}: ${detail}`) };
  const said = oneLine(detail === "" ? summary : `${summary}: ${detail}`);
  const [, service, operation] = OPERATION.exec(said) ?? [];
  const action =
    service !== undefined && operation !== undefined
      ? { action: `${service.toLowerCase().replace(/ /g, "")}:${operation}` }
      : {};
  const [, code, message] = ANSWER.exec(said) ?? [];
  // A request that never came through has an empty answer whose "code" is the transport's complaint.
  if (code !== undefined && message !== undefined && !/^(?:request send failed|failed)/.test(code))
    return { code, message: message.trim() || code, ...action, ...resource };
  const trouble = LOCAL_TROUBLES.find(({ pattern }) => pattern.test(said));
  return { ...(trouble && { code: trouble.code }), message: said, ...action, ...resource };
}

/** Fleets and templates fail alike, side by side: each reason is told once. */
function distinct(errors: readonly TerraformError[]): readonly TerraformError[] {
  const seen = new Set<string>();
  return errors.filter(({ code, message }) => {
    const key = `${code}\n${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

function describe({ code, message, resource }: TerraformError): string {
  const where = resource === undefined ? "" : `${resource}: `;
  return code === undefined || message.includes(code) ? `${where}${message}` : `${where}${code}: ${message}`;
}

/** Terraform could not do all of it; what it did is in its state, and the next apply or destroy goes on from there. */
export class TerraformFailure extends UserError {
  /** The reasons, each once; never empty. */
  readonly errors: readonly [TerraformError, ...TerraformError[]];

  constructor(
    verb: "apply" | "destroy",
    errors: readonly [TerraformError, ...TerraformError[]],
    output?: string,
  ) {
    const [first, ...others] = distinct(errors);
    super({
      exitCode: ExitCode.cloudRefused,
      message: [`terraform ${verb} failed.`, ...distinct(errors).map(describe)].join("\n"),
      hint: "When the cause is mended, run the command again: it goes on from what was done. Or remove it all: pyspark-deploy destroy",
      output,
    });
    this.errors = [first ?? errors[0], ...others];
  }
}
