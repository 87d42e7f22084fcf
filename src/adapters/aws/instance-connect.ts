import { type AwsScope, clientConfig, Service } from "./client.js";

export interface KeyToSend {
  readonly instance: string;
  readonly zone: string;
  readonly user: string;
  /** In OpenSSH's format. */
  readonly publicKey: string;
}

const connectService = (scope: AwsScope) =>
  new Service(scope, "ec2-instance-connect", async () => {
    const sdk = await import("@aws-sdk/client-ec2-instance-connect");
    return { sdk, client: new sdk.EC2InstanceConnectClient(await clientConfig(scope)) };
  });

/** EC2 Instance Connect: a key that an instance takes for 60 s, which is AWS's own figure. */
export class InstanceConnect {
  readonly #service: ReturnType<typeof connectService>;

  constructor(scope: AwsScope) {
    this.#service = connectService(scope);
  }

  /** @throws UserError (exit code 4) when AWS refuses it. */
  async sendKey({ instance, zone, user, publicKey }: KeyToSend): Promise<void> {
    await this.#service.call("SendSSHPublicKey", ({ client, sdk, options }) =>
      client.send(
        new sdk.SendSSHPublicKeyCommand({
          InstanceId: instance,
          InstanceOSUser: user,
          SSHPublicKey: publicKey,
          AvailabilityZone: zone,
        }),
        options,
      ),
    );
  }
}
