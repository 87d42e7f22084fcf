import { z } from "zod";
import { filled, note } from "./notes.js";

/** A host name, an IPv4 address or an alias of the user's ssh_config; never what ssh would take for an option. */
const HOST = "[A-Za-z0-9_][A-Za-z0-9._-]*";

/** Without a user and a password: it goes into user data, which every process of a node may read. */
const proxyUrl = (what: string, example: string) =>
  note(
    z
      .string()
      .regex(/^https?:\/\/[^\s/@:"'\\$]+:\d{1,5}\/?$/)
      .optional(),
    {
      description: `Proxy of the nodes and their containers for ${what}.`,
      examples: [example],
      expected:
        'the URL of a proxy with its port and without a password, such as "http://proxy.example.com:3128"',
      repair: (wrong) => {
        const bare = wrong.trim().replace(/\/\/[^@/]*@/, "//");
        return /^https?:\/\//.test(bare) ? bare : `http://${bare}`;
      },
    },
  );

/** How nodes and this machine reach each other and AWS in a network that somebody else has made. */
export const companyNetwork = {
  bastion: note(
    z
      .string()
      .regex(new RegExp(`^(${HOST}@)?${HOST}(:\\d{1,5})?$`))
      .optional(),
    {
      description:
        "SSH host through which this machine reaches nodes without public addresses, as your own ssh knows it (key, agent, known_hosts).",
      examples: ["ann@bastion.example.com", "bastion", "ann@192.0.2.7:2222"],
      expected: '"user@host:port"; user and port may be left out',
      repair: (wrong) =>
        wrong
          .trim()
          .replace(/^ssh:\/\//, "")
          .replace(/\/$/, ""),
      defaultNote: "nodes are reached directly",
    },
  ),
  proxy: note(
    z
      .strictObject({
        http: proxyUrl("http://", "http://proxy.example.com:3128"),
        https: proxyUrl("https://", "http://proxy.example.com:3128"),
        no: note(
          z
            .array(
              note(z.string().regex(/^[A-Za-z0-9.*:_/-]+$/), {
                description: "A host, a domain or a range of addresses.",
                examples: [".example.com", "10.0.0.0/8"],
                expected: 'a host, a domain or a range of addresses, such as ".example.com"',
              }),
            )
            .max(50)
            .default([]),
          {
            description:
              "What is reached without the proxy, beside the metadata service, the VPC, the node itself and S3 where the VPC has an endpoint for it.",
            examples: [[".example.com", "10.0.0.0/8"]],
          },
        ),
      })
      .prefault({}),
    {
      description: "HTTP proxies by which the nodes reach AWS and the internet.",
      examples: [{ https: "http://proxy.example.com:3128", http: "http://proxy.example.com:3128" }],
    },
  ),
  caBundle: note(filled.optional(), {
    description:
      "File with certificates (PEM) of your own authorities, which nodes, Docker, Java and Python trust beside the public ones; relative to this file.",
    examples: ["company-ca.pem"],
    expected: "the path of a PEM file",
  }),
};

/** As whom AWS is asked. */
export const assumedRole = {
  assumeRole: note(
    z
      .string()
      .regex(/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/)
      .optional(),
    {
      description:
        "ARN of a role that makes, watches and removes the clusters; your credentials must be allowed to take it.",
      examples: ["arn:aws:iam::123456789012:role/spark-clusters"],
      expected: 'the ARN of an IAM role, such as "arn:aws:iam::123456789012:role/spark-clusters"',
      defaultNote: "your credentials themselves",
    },
  ),
  externalId: note(
    z
      .string()
      .regex(/^[\w+=,.@:/-]{2,1224}$/)
      .optional(),
    {
      description: "External id that the role's trust policy asks for.",
      examples: ["research-42"],
      expected: "2 to 1224 letters, digits and + = , . @ : / -",
    },
  ),
  sessionName: note(
    z
      .string()
      .regex(/^[\w+=,.@-]{2,64}$/)
      .optional(),
    {
      description: "Name of the role's sessions in CloudTrail; some trust policies ask for a certain one.",
      examples: ["ann"],
      expected: "2 to 64 letters, digits and + = , . @ -",
      defaultNote: "`pyspark-deploy`",
    },
  ),
};
