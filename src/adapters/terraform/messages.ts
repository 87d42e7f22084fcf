import type { TerraformOutputs } from "./outputs.js";
import { parseOutputs } from "./outputs.js";

/** One thing that Terraform does to one resource. */
export interface TerraformEvent {
  /** The resource's address, such as `aws_vpc.cluster["own"]`. */
  readonly resource: string;
  readonly action: "create" | "update" | "delete";
  readonly phase: "start" | "progress" | "done" | "failed";
  /** Since the start of this action. */
  readonly seconds: number;
}

export interface Diagnostic {
  readonly summary: string;
  readonly detail: string;
  /** The resource's address, where the trouble is with one. */
  readonly address?: string | undefined;
}

export type TerraformMessage =
  | { readonly kind: "event"; readonly event: TerraformEvent }
  | { readonly kind: "error"; readonly diagnostic: Diagnostic }
  | { readonly kind: "outputs"; readonly outputs: TerraformOutputs };

/** https://developer.hashicorp.com/terraform/internals/machine-readable-ui */
interface RawMessage {
  readonly type?: string;
  readonly hook?: {
    readonly resource?: { readonly addr?: string };
    readonly action?: string;
    readonly elapsed_seconds?: number;
  };
  readonly diagnostic?: {
    readonly severity?: string;
    readonly summary?: string;
    readonly detail?: string;
    readonly address?: string;
  };
  readonly outputs?: Readonly<Record<string, { readonly value?: unknown }>>;
}

const PHASES: Readonly<Record<string, TerraformEvent["phase"]>> = {
  apply_start: "start",
  apply_progress: "progress",
  apply_complete: "done",
  apply_errored: "failed",
};
const ACTIONS: readonly string[] = ["create", "update", "delete"] satisfies TerraformEvent["action"][];
const isAction = (action: string | undefined): action is TerraformEvent["action"] =>
  action !== undefined && ACTIONS.includes(action);

function parseJson(line: string): RawMessage | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as RawMessage;
  } catch {
    return undefined;
  }
}

/** Reads one line of `terraform apply -json`; undefined for what tells nothing: plans, reads, version, warnings, other text. */
export function parseMessage(line: string): TerraformMessage | undefined {
  const raw = parseJson(line);
  if (!raw?.type) return undefined;
  const phase = PHASES[raw.type];
  if (phase) {
    const { resource, action, elapsed_seconds: seconds = 0 } = raw.hook ?? {};
    return isAction(action)
      ? { kind: "event", event: { resource: resource?.addr ?? "", action, phase, seconds } }
      : undefined;
  }
  if (raw.type === "diagnostic" && raw.diagnostic?.severity === "error") {
    const { summary = "", detail = "", address } = raw.diagnostic;
    return { kind: "error", diagnostic: { summary, detail, ...(address && { address }) } };
  }
  // The plan lists the outputs too, without values.
  if (raw.type === "outputs" && Object.values(raw.outputs ?? {}).some((output) => "value" in output))
    return { kind: "outputs", outputs: parseOutputs(raw.outputs ?? {}) };
  return undefined;
}
