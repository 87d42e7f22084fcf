import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { awsEnvironment, inRegion } from "../../../../src/adapters/aws/client.js";
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

const ROLE = { arn: "arn:aws:iam::210987654321:role/spark", externalId: "research-42", sessionName: "ann" };
const assumed = (key: string, ends: string) =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${ends}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

interface Asked {
  readonly body: string;
  readonly authorization: string;
}

/** Answers as STS does, one answer after another, and as EC2. */
async function awsAnswering(...answers: readonly [status: number, body: string][]) {
  const asked: { readonly sts: Asked[]; readonly ec2: Asked[] } = { sts: [], ec2: [] };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const isSts = body.includes("Action=AssumeRole");
      const calls = isSts ? asked.sts : asked.ec2;
      calls.push({ body, authorization: request.headers.authorization ?? "" });
      const [status, text] = isSts
        ? (answers[Math.min(calls.length, answers.length) - 1] ?? [500, ""])
        : [200, EMPTY];
      response.writeHead(status, { "content-type": "text/xml" }).end(text);
    });
  });
  await listen(server);
  return asked;
}

describe("a scope with a role", () => {
  const scope = () => ({ region: "us-east-1", role: ROLE });

  it("takes it once for all services, and asks as the role", async () => {
    const asked = await awsAnswering([200, assumed("ASIAROLE", inMinutes(60))]);
    const one = scope();
    await Promise.all([new Ec2(one), new Ec2(one)].map((ec2) => ec2.clusterInstances({ clusterId: "c" })));
    expect(asked.sts).toHaveLength(1);
    expect(new URLSearchParams(asked.sts[0]?.body).get("RoleArn")).toBe(ROLE.arn);
    expect(asked.sts[0]?.body).toContain("ExternalId=research-42");
    expect(asked.sts[0]?.body).toContain("RoleSessionName=ann");
    expect(asked.sts[0]?.authorization).toContain("Credential=AKID/");
    for (const { authorization } of asked.ec2) expect(authorization).toContain("Credential=ASIAROLE/");
  });

  it("takes it again before its credentials end", async () => {
    const asked = await awsAnswering(
      [200, assumed("ASIAFIRST", inMinutes(10))],
      [200, assumed("ASIASECOND", inMinutes(60))],
    );
    const one = scope();
    await new Ec2(one).clusterInstances({ clusterId: "c" });
    await new Ec2(one).clusterInstances({ clusterId: "c" });
    expect(await awsEnvironment(one)).toMatchObject({ AWS_ACCESS_KEY_ID: "ASIASECOND" });
    expect(asked.sts).toHaveLength(2);
    expect(asked.ec2.at(-1)?.authorization).toContain("Credential=ASIASECOND/");
  });

  it("hands other programs the role's credentials, and no profile of the user's", async () => {
    await awsAnswering([200, assumed("ASIAROLE", inMinutes(60))]);
    expect(await awsEnvironment(scope())).toEqual({
      AWS_PROFILE: "",
      AWS_ACCESS_KEY_ID: "ASIAROLE",
      AWS_SECRET_ACCESS_KEY: "s",
      AWS_SESSION_TOKEN: "t",
    });
    expect(await awsEnvironment({ region: "us-east-1", profile: "research" })).toEqual({
      AWS_PROFILE: "research",
    });
  });

  it("names the role and sts:AssumeRole when it may not be taken", async () => {
    const refusal =
      "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/spark</Message></Error></ErrorResponse>";
    await awsAnswering([403, refusal], [200, assumed("ASIAROLE", inMinutes(60))]);
    const one = scope();
    const list = () => new Ec2(one).clusterInstances({ clusterId: "c" });
    await expect(list()).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringMatching(
        /user\/ann take the role arn:aws:iam::210987654321:role\/spark \(sts:AssumeRole\)/,
      ),
      hint: expect.stringMatching(/trust policy/),
    });
    // Who mends it meanwhile is let in.
    expect(await list()).toEqual([]);
  });
});
