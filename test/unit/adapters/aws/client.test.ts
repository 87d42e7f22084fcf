import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { inRegion } from "../../../../src/adapters/aws/client.js";
import { Ec2 } from "../../../../src/adapters/aws/ec2.js";
import { InterruptedError } from "../../../../src/errors.js";

const EMPTY = "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>";
const failure = (code: string) =>
  `<Response><Errors><Error><Code>${code}</Code><Message>told</Message></Error></Errors><RequestID>r</RequestID></Response>`;

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKID");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s3cr3t");
});
afterEach(() => vi.unstubAllEnvs());

async function listen(server: Server | TcpServer): Promise<void> {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** A server that answers as EC2 does, one answer after another; the last one for ever. Returns who asked: the Authorization headers. */
async function ec2Answering(...answers: readonly [status: number, body: string][]): Promise<string[]> {
  const asked: string[] = [];
  const answer: RequestListener = (request, response) => {
    asked.push(request.headers.authorization ?? "");
    const [status, body] = answers[Math.min(asked.length, answers.length) - 1] ?? [500, ""];
    response.writeHead(status, { "content-type": "text/xml" }).end(body);
  };
  await listen(createServer(answer));
  return asked;
}

const list = (signal?: AbortSignal) =>
  new Ec2({ region: "us-east-1", signal }).clusterInstances({ clusterId: "c" });

describe("a call to AWS", () => {
  it("that is throttled is repeated until it is let through", async () => {
    const throttled = [503, failure("RequestLimitExceeded")] as const;
    const asked = await ec2Answering([...throttled], [...throttled], [200, EMPTY]);
    expect(await list()).toEqual([]);
    expect(asked).toHaveLength(3);
  }, 30_000);

  it("that AWS fails at is repeated twice, then told", async () => {
    const asked = await ec2Answering([500, failure("InternalError")]);
    await expect(list()).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("AWS itself failed"),
    });
    expect(asked).toHaveLength(3);
  });

  it("that is refused is not repeated", async () => {
    const asked = await ec2Answering([403, failure("UnauthorizedOperation")]);
    await expect(list()).rejects.toMatchObject({ message: expect.stringContaining("ec2:DescribeInstances") });
    expect(asked).toHaveLength(1);
  });

  it("ends with Ctrl-C, even while nobody answers", async () => {
    const silent = createTcpServer();
    await listen(silent);
    const stop = new AbortController();
    silent.on("connection", (socket) => {
      onTestFinished(() => void socket.destroy());
      stop.abort();
    });
    await expect(list(stop.signal)).rejects.toBeInstanceOf(InterruptedError);
  });

  it("of another region is signed for it, with the same credentials", async () => {
    const asked = await ec2Answering([200, EMPTY]);
    const scope = { region: "us-east-1" };
    await new Ec2(scope).clusterInstances({ clusterId: "c" });
    vi.stubEnv("AWS_ACCESS_KEY_ID", "OTHER");
    await new Ec2(inRegion(scope, "eu-west-1")).clusterInstances({ clusterId: "c" });
    expect(asked[0]).toMatch(/Credential=AKID\/\d+\/us-east-1\//);
    expect(asked[1]).toMatch(/Credential=AKID\/\d+\/eu-west-1\//);
  });
});
