import { type AwsScope, clientConfig, Service } from "./client.js";

/**
 * The newest ECS-optimized Amazon Linux 2023 of an architecture: it comes with Docker. Amazon publishes its id as a public parameter:
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html
 */
export async function latestAmi(scope: AwsScope, architecture: "amd64" | "arm64"): Promise<string> {
  const ssm = new Service(scope, "ssm", async () => {
    const sdk = await import("@aws-sdk/client-ssm");
    return { sdk, client: new sdk.SSMClient(await clientConfig(scope)) };
  });
  const Name = `/aws/service/ecs/optimized-ami/amazon-linux-2023/${architecture === "arm64" ? "arm64/" : ""}recommended/image_id`;
  const { Parameter } = await ssm.call("GetParameter", ({ client, sdk, options }) =>
    client.send(new sdk.GetParameterCommand({ Name }), options),
  );
  if (!Parameter?.Value) throw new Error(`the parameter ${Name} is empty`);
  return Parameter.Value;
}
