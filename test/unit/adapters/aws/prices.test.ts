import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { priceList } from "../../../../src/adapters/aws/prices.js";

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

interface Ask {
  readonly ServiceCode: string;
  readonly Filters: readonly { readonly Field: string; readonly Value: string }[];
}

const product = (usagetype: string, unit: string, ...prices: string[]) =>
  JSON.stringify({
    product: { sku: "X", attributes: { usagetype } },
    terms: {
      OnDemand: {
        "X.J": {
          priceDimensions: Object.fromEntries(
            prices.map((USD, index) => [`X.J.${index}`, { unit, pricePerUnit: { USD } }]),
          ),
        },
      },
    },
  });

/** The shape of AWS's answers, with prices of their own so that they are told from the shipped ones. */
function answer({ ServiceCode, Filters }: Ask): string[] {
  const field = (name: string) => Filters.find(({ Field }) => Field === name)?.Value;
  if (ServiceCode === "AmazonVPC")
    return [
      product("EUC1-PublicIPv4:IdleAddress", "Hrs", "9"),
      product("EUC1-PublicIPv4:InUseAddress", "Hrs", "0.0000000000", "0.006"),
    ];
  if (field("volumeApiName") === "gp3")
    return [
      product("EUC1-EBS:VolumeUsage.gp3", "GB-Mo", "0.09"),
      product("EUC1-EBS:VolumeP-IOPS.gp3", "IOPS-Mo", "0.006"),
      product("EUC1-EBS:VolumeP-Throughput.gp3", "GiBps-mo", "51.2"),
    ];
  return field("instanceType") === "m7i.large" && field("regionCode") === "eu-central-1"
    ? [product("EUC1-UnusedBox:m7i.large", "Hrs", "9"), product("EUC1-BoxUsage:m7i.large", "Hrs", "0.1234")]
    : [];
}

let server: Server;
let asked: Ask[] = [];
let status = 200;
let cacheDirectory: string;

beforeEach(async () => {
  [asked, status] = [[], 200];
  cacheDirectory = mkdtempSync(join(tmpdir(), "psd-prices-"));
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const ask = JSON.parse(Buffer.concat(chunks).toString()) as Ask;
    asked.push(ask);
    if (status === 0) return;
    const body =
      status === 200
        ? { FormatVersion: "aws_v1", PriceList: answer(ask) }
        : { __type: "AccessDeniedException", message: "not authorized to perform: pricing:GetProducts" };
    response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv("AWS_ENDPOINT_URL_PRICING", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_ENDPOINT_URL", "");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const ask = (types: readonly string[], region = "eu-central-1", now = NOW) =>
  priceList({ region }, { types, cacheDirectory, now });

describe("prices", () => {
  it("are those of AWS's own list, in the region of the cluster", async () => {
    expect(await ask(["m7i.large"])).toEqual({
      source: "AWS Price List API, 2026-06-01",
      asOf: "2026-06-01",
      instanceHours: { "m7i.large": 0.1234 },
      volume: { gibMonth: 0.09, iopsMonth: 0.006, mibpsMonth: 0.05 },
      addressHour: 0.006,
    });
  });

  it("are asked for once a week", async () => {
    await ask(["m7i.large"]);
    const once = asked.length;
    expect((await ask(["m7i.large"], "eu-central-1", NOW + 6 * DAY)).asOf).toBe("2026-06-01");
    expect(asked).toHaveLength(once);
    expect((await ask(["m7i.large"], "eu-central-1", NOW + 8 * DAY)).asOf).toBe("2026-06-09");
  });

  it("are those of the package, with their dates, when AWS refuses", async () => {
    status = 400;
    const list = await ask(["m7i.2xlarge"], "us-east-1");
    expect(list.source).toMatch(/^shipped with pyspark-deploy: machines of 20\d\d-/);
    expect(list.instanceHours["m7i.2xlarge"]).toBe(0.4032);
    expect(list.volume?.gibMonth).toBe(0.08);
  });

  it("are those of the package when AWS does not answer", async () => {
    status = 0;
    expect((await ask(["m7i.2xlarge"], "us-east-1")).source).toMatch(/^shipped/);
  });

  it("are not known for a machine that neither list has", async () => {
    const { instanceHours, volume, addressHour } = await ask(["m99.huge"]);
    expect({ instanceHours, addressHour }).toEqual({ instanceHours: {}, addressHour: 0.005 });
    expect(volume?.gibMonth).toBe(0.0952);
  });

  it("are the old ones of AWS rather than those of the package", async () => {
    await ask(["m7i.large"]);
    status = 400;
    expect((await ask(["m7i.large"], "eu-central-1", NOW + 30 * DAY)).source).toBe(
      "AWS Price List API, 2026-06-01",
    );
  });

  it("survive a damaged cache", async () => {
    const file = join(cacheDirectory, "prices-eu-central-1.json");
    writeFileSync(file, "{");
    expect((await ask(["m7i.large"])).asOf).toBe("2026-06-01");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ instanceHours: { "m7i.large": 0.1234 } });
  });
});
