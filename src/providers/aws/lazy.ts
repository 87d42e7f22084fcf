import type { Config } from "../../config/schema.js";
import type { Context } from "../../context.js";
import type { ClusterRecord } from "../../state/record.js";
import type { ClusterName, PlanRequest, Provider, RecordedName } from "../provider.js";
import type { AwsProviderOptions } from "./options.js";

/** The AWS provider, loaded when it is first asked: most commands of most projects never need it. */
export class LazyAwsProvider implements Provider {
  readonly name = "aws";
  readonly pulls = true;
  #loaded: Promise<Provider> | undefined;

  constructor(private readonly options: AwsProviderOptions) {}

  #provider(): Promise<Provider> {
    this.#loaded ??= import("./aws-provider.js").then(({ AwsProvider }) => new AwsProvider(this.options));
    return this.#loaded;
  }

  async check(config: Config, context: Context) {
    return (await this.#provider()).check(config, context);
  }

  async plan(request: PlanRequest) {
    return (await this.#provider()).plan(request);
  }

  async running(record: ClusterRecord, request: PlanRequest) {
    return (await this.#provider()).running(record, request);
  }

  async state(name: RecordedName) {
    return (await this.#provider()).state(name);
  }

  async find(project: string, options: { readonly data: boolean }) {
    return (await this.#provider()).find(project, options);
  }

  async admit(record: ClusterRecord, context: Context) {
    return (await this.#provider()).admit(record, context);
  }

  async extend(record: ClusterRecord, deadline: string) {
    return (await this.#provider()).extend(record, deadline);
  }

  async destroy(name: ClusterName, options: { readonly purge: boolean }, onProgress: (text: string) => void) {
    return (await this.#provider()).destroy(name, options, onProgress);
  }
}
