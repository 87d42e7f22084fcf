import type { ECRClient } from "@aws-sdk/client-ecr";
import { ExitCode, UserError } from "../../errors.js";
import type { Labels } from "../../plan/identity.js";
import type { RegistryLogin } from "../docker/registry.js";
import { type AwsScope, clientConfig, Service } from "./client.js";
import { awsCode } from "./errors.js";
import { tagList } from "./tags.js";

export interface Repository {
  /** Where images are pushed: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/pyspark-deploy/flights". */
  readonly uri: string;
  readonly arn: string;
}

type Sdk = typeof import("@aws-sdk/client-ecr");

/** The account's image registry in one region. Every method throws a UserError (exit code 4) when AWS refuses. */
export class Ecr {
  readonly #service: Service<ECRClient, Sdk>;

  constructor(scope: AwsScope) {
    this.#service = new Service(scope, "ecr", async () => {
      const sdk = await import("@aws-sdk/client-ecr");
      return { sdk, client: new sdk.ECRClient(await clientConfig(scope)) };
    });
  }

  async #find(name: string): Promise<Repository | undefined> {
    try {
      const { repositories: [found] = [] } = await this.#service.call(
        "DescribeRepositories",
        ({ client, sdk, options }) =>
          client.send(new sdk.DescribeRepositoriesCommand({ repositoryNames: [name] }), options),
      );
      return found && { uri: found.repositoryUri ?? "", arn: found.repositoryArn ?? "" };
    } catch (error) {
      if (awsCode(error) === "RepositoryNotFoundException") return undefined;
      throw error;
    }
  }

  /** The repository of this name, made with these tags when there is none. */
  async ensureRepository(name: string, tags: Labels): Promise<Repository> {
    const existing = await this.#find(name);
    if (existing) return existing;
    try {
      await this.#service.call("CreateRepository", ({ client, sdk, options }) =>
        client.send(
          new sdk.CreateRepositoryCommand({
            repositoryName: name,
            imageTagMutability: "MUTABLE",
            tags: tagList(tags),
          }),
          options,
        ),
      );
    } catch (error) {
      // A teammate was faster.
      if (awsCode(error) !== "RepositoryAlreadyExistsException") throw error;
    }
    const made = await this.#find(name);
    if (!made) throw new Error(`ECR does not know the repository ${name} that was just made`);
    return made;
  }

  /** What Docker logs in with; AWS lets it live for 12 hours. */
  async authorization(): Promise<RegistryLogin> {
    const { authorizationData: [data] = [] } = await this.#service.call(
      "GetAuthorizationToken",
      ({ client, sdk, options }) => client.send(new sdk.GetAuthorizationTokenCommand({}), options),
    );
    const [, username = "", password = ""] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(data?.authorizationToken ?? "", "base64").toString()) ?? [];
    if (password === "") {
      throw new UserError({
        exitCode: ExitCode.cloudRefused,
        message: "ECR gave no password for its registry.",
        hint: "Try it yourself: aws ecr get-login-password",
      });
    }
    return { registry: (data?.proxyEndpoint ?? "").replace(/^https?:\/\//, ""), username, password };
  }

  /** The digest of the image with this tag; undefined when there is none. */
  async imageDigest(repository: string, tag: string): Promise<string | undefined> {
    try {
      const { imageDetails: [image] = [] } = await this.#service.call(
        "DescribeImages",
        ({ client, sdk, options }) =>
          client.send(
            new sdk.DescribeImagesCommand({ repositoryName: repository, imageIds: [{ imageTag: tag }] }),
            options,
          ),
      );
      return image?.imageDigest;
    } catch (error) {
      if (awsCode(error) === "ImageNotFoundException" || awsCode(error) === "RepositoryNotFoundException")
        return undefined;
      throw error;
    }
  }
}
