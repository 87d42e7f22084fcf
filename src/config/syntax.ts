import { type Document, parseDocument, type YAMLError } from "yaml";
import { type ConfigText, failOn, type Problem, positionOf } from "./problem.js";

interface Explanation {
  readonly message: string;
  readonly fix: string;
}

const QUOTE = 'put the value in quotes, for example: region: "a: b"';

const EXPLAINED: Readonly<Partial<Record<YAMLError["code"], Explanation>>> = {
  TAB_AS_INDENT: { message: "a tab is used as indentation", fix: "indent with spaces, two for each level" },
  MULTIPLE_DOCS: {
    message: "a second document begins here; a config is one",
    fix: 'delete the line "---" and merge what follows it; variations are profiles, for example: profiles: {big: {workers: 6}}',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "a key is not allowed here: the line is indented too far, or its value has a colon",
    fix: `start the keys of one section in the same column, or ${QUOTE}`,
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'this is no line of the form "key: value"',
    fix: "write a colon and a space after the key, for example: workers: 2",
  },
  BAD_DQ_ESCAPE: {
    message: "there is no such escape sequence in double quotes",
    fix: "use single quotes, for example: dockerfile: 'docker\\Dockerfile'",
  },
  BAD_SCALAR_START: {
    message: "an unquoted value can't start with this character",
    fix: 'put the value in quotes, for example: region: "@here"',
  },
  MULTIPLE_ANCHORS: {
    message: "a value has two anchors",
    fix: "keep one, for example: worker: &size {cores: 2}",
  },
  TAG_RESOLVE_FAILED: {
    message: "there is no such tag, or its value does not fit it",
    fix: "leave the tag out, for example: workers: 2",
  },
  BAD_DIRECTIVE: { message: "there is no such directive", fix: "delete the line that starts with %" },
  RESOURCE_EXHAUSTION: { message: "values are nested too deeply", fix: "a config has four levels at most" },
};

const FORMS: readonly (readonly [RegExp, Explanation])[] = [
  [
    /^Missing closing/,
    { message: "a quote that is opened is not closed", fix: 'close it, for example: region: "us-east-1"' },
  ],
  [
    /^Flow .*end with a (.)/,
    {
      message: "a bracket that is opened is not closed, or its content is not indented",
      fix: "close it, for example: worker: {cores: 2, memory: 4g} or keep: [hive]",
    },
  ],
  [
    /same column/,
    {
      message: "the keys of one section do not start in the same column",
      fix: "indent them alike, with two spaces for each level",
    },
  ],
];

function explain({ code, message }: YAMLError, line: string): Explanation {
  if (line.includes("${") && /[[{].*\$\{/.test(line)) {
    return {
      message: "${…} within { } or [ ] needs quotes",
      fix: 'for example: storage: {profile: "${AWS_PROFILE:-research}"}',
    };
  }
  if (code === "MULTILINE_IMPLICIT_KEY" && /^\s*[\w.-]+:\S/.test(line)) {
    return {
      message: "there is no space after the colon",
      fix: "write a space after it, for example: workers: 2",
    };
  }
  return (
    FORMS.find(([form]) => form.test(message))?.[1] ??
    EXPLAINED[code] ?? {
      // What the parser quotes from the file could be a secret.
      message: `this is not valid YAML: ${message.replace(/: ".*$/s, "")}`,
      fix: 'write one "key: value" on each line, for example: workers: 2',
    }
  );
}

/**
 * Parses the text; duplicate keys pass, since all else can be read beside them.
 * @throws UserError (exit code 2) with the first mistake of each line.
 */
export function parseYaml(source: ConfigText): Document.Parsed {
  const document = parseDocument(source.text, { prettyErrors: false, uniqueKeys: false });
  const lines = source.text.split("\n");
  const problems = new Map<number, Problem>();
  for (const error of [...document.errors, ...document.warnings]) {
    const { line } = positionOf(source, error.pos[0]);
    const { message, fix } = explain(error, lines[line - 1] ?? "");
    // One slip makes the parser stumble again and again.
    if (!problems.has(line)) problems.set(line, { offset: error.pos[0], message, fixes: [fix] });
    if (problems.size === 5) break;
  }
  failOn(source, [...problems.values()]);
  return document;
}
