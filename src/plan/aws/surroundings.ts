import type { Config } from "../../config/schema.js";
import { CONF_DIRECTORY, type PlannedFile } from "../cluster-plan.js";

/** Certificate authorities of the user's own, which nodes trust beside the public ones. */
export interface Authorities {
  /** PEM of the user's own alone. */
  readonly own: string;
  /** PEM of the user's and the public ones: what programs trust instead of what they come with. */
  readonly bundle: string;
  /** The same for Java: a key store of the type JKS, as base64. */
  readonly trustStore: string;
}

/** What containers need to know of the network that their host is in. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** Of every JVM of Spark's; undefined: none. */
  readonly javaOptions: string | undefined;
  /** In SPARK_CONF_DIR, which every container has. */
  readonly files: readonly PlannedFile[];
}

/** A key store of certificates holds no secret; Java wants a password all the same. */
export const TRUST_STORE_PASSWORD = "changeit";
const BUNDLE = "trust/ca-bundle.pem";
const TRUST_STORE = "trust/cacerts.jks";

/** Never by way of a proxy: the metadata service, and the host itself. */
const ALWAYS_DIRECT = ["169.254.169.254", "localhost", "127.0.0.1", "::1"] as const;

const isSet = ({ http, https }: Config["aws"]["proxy"]) => http !== undefined || https !== undefined;

/**
 * The environment that makes programs use the proxy; empty without one. `direct` is reached without it. Programs that know
 * no ranges of addresses in NO_PROXY (Python) reach nodes by the names that their containers have for them.
 */
export function proxyEnvironment(
  { http, https, no }: Config["aws"]["proxy"],
  direct: readonly string[],
): Readonly<Record<string, string>> {
  if (!isSet({ http, https, no })) return {};
  return {
    ...(http !== undefined && { HTTP_PROXY: http }),
    ...(https !== undefined && { HTTPS_PROXY: https }),
    NO_PROXY: [...new Set([...ALWAYS_DIRECT, ...direct, ...no])].join(","),
  };
}

/** curl and others read these names in lower case only. */
const bothCases = (environment: Readonly<Record<string, string>>): Record<string, string> => ({
  ...environment,
  ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name.toLowerCase(), value])),
});

/** Names that every container of a cluster knows: see `add_hosts`. */
const NODE_NAMES = ["master", "driver"] as const;

function trust(authorities: Authorities | undefined): Omit<Surroundings, "environment"> & {
  readonly environment: Readonly<Record<string, string>>;
} {
  if (!authorities) return { environment: {}, javaOptions: undefined, files: [] };
  const bundle = `${CONF_DIRECTORY}/${BUNDLE}`;
  const names = ["AWS_CA_BUNDLE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"];
  return {
    environment: Object.fromEntries(names.map((name) => [name, bundle])),
    javaOptions: [
      `-Djavax.net.ssl.trustStore=${CONF_DIRECTORY}/${TRUST_STORE}`,
      "-Djavax.net.ssl.trustStoreType=JKS",
      `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`,
    ].join(" "),
    files: [
      { path: BUNDLE, content: authorities.bundle, secret: false },
      { path: TRUST_STORE, content: authorities.trustStore, encoding: "base64", secret: false },
    ],
  };
}

/** What the containers of a cluster get of the config's proxy and authorities. */
export function surroundingsOf(
  { aws: { proxy } }: Config,
  direct: readonly string[],
  authorities: Authorities | undefined,
): Surroundings {
  const { environment, javaOptions, files } = trust(authorities);
  const proxies = bothCases(proxyEnvironment(proxy, [...direct, ...NODE_NAMES]));
  return { environment: { ...environment, ...proxies }, javaOptions, files };
}
