import { isUtf8 } from "node:buffer";
import { existsSync, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ExitCode, UserError } from "../errors.js";
import { CONFIG_FILE, findConfigFile } from "./find.js";
import { projectName } from "./names.js";
import { type ConfigText, failOn } from "./problem.js";
import { nearest } from "./suggest.js";

/** A config is some hundred lines; whatever is larger is another file. */
const LARGEST_BYTES = 256 * 1024;

/** The name of a project whose config gives none. */
export const folderName = (directory: string): string => projectName(basename(directory));

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function missing(directory: string, file: string | undefined): UserError {
  const wanted = file === undefined ? join(directory, CONFIG_FILE) : resolve(directory, file);
  const yaml = namesIn(dirname(wanted)).filter((name) => /\.ya?ml$/i.test(name));
  const similar = nearest(basename(wanted), yaml);
  return new UserError({
    exitCode: ExitCode.usage,
    message: `There is no ${file ?? CONFIG_FILE} in ${directory}${file ? "" : " or a folder above it"}.`,
    hint:
      similar === undefined
        ? "Create one, and what else a project needs: pyspark-deploy init"
        : `Did you mean ${join(dirname(wanted), similar)}? ${file ? "Name it with --config." : `Rename it to ${CONFIG_FILE}.`}`,
  });
}

const unusable = (file: string, what: string, hint: string, cause?: unknown) =>
  new UserError({ exitCode: ExitCode.usage, message: `${file}:1:1: ${what}`, hint, cause });

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you are not permitted to read it",
  EPERM: "you are not permitted to read it",
  ELOOP: "it is a symbolic link that leads to itself",
  ENOENT: "it is a symbolic link to a file that does not exist",
};

function unreadable(file: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ""] ?? message;
  return unusable(file, `the config can't be read: ${reason}`, `Look: ls -l ${file}`, cause);
}

function refuseUnlessFile(file: string, stats: Stats): void {
  if (stats.isDirectory()) {
    const inside = existsSync(join(file, CONFIG_FILE));
    throw unusable(
      file,
      "this is a folder, not a config file",
      inside
        ? `Work in it: pyspark-deploy --directory ${file}`
        : `Name the file: --config ${join(file, CONFIG_FILE)}`,
    );
  }
  // Reading a pipe could wait for ever.
  if (!stats.isFile()) {
    throw unusable(file, "this is no regular file", `Write the config to a file, such as ${CONFIG_FILE}.`);
  }
  if (stats.size > LARGEST_BYTES) {
    throw unusable(
      file,
      `this file has ${stats.size} bytes; a config has at most ${LARGEST_BYTES}`,
      "Name the right file with --config.",
    );
  }
}

function readBytes(file: string): Buffer {
  let stats: Stats;
  try {
    stats = statSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  refuseUnlessFile(file, stats);
  try {
    return readFileSync(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** Characters that no editor shows and that no value may have: all of ASCII's but tab and line ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

function decode(file: string, bytes: Buffer): ConfigText {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw unusable(
      file,
      "this file is UTF-16; a config is UTF-8",
      `Convert it: iconv -f UTF-16 -t UTF-8 ${file} > utf8.yaml && mv utf8.yaml ${file}`,
    );
  }
  // The decoder drops a byte order mark.
  const source = { file, text: new TextDecoder().decode(bytes) };
  if (!isUtf8(bytes)) {
    failOn(source, [
      {
        offset: source.text.indexOf("\uFFFD"),
        message: "this is not UTF-8",
        fixes: [`save the file as UTF-8, for example: iconv -f ISO-8859-1 -t UTF-8 ${file}`],
      },
    ]);
  }
  const control = CONTROL.exec(source.text);
  if (control) {
    const code = control[0].charCodeAt(0).toString(16).padStart(2, "0");
    failOn(source, [
      {
        offset: control.index,
        message: `there is an invisible control character (0x${code})`,
        fixes: ["delete it; for example, retype the line"],
      },
    ]);
  }
  return source;
}

/**
 * Finds and reads the config file: the one named, else the one of the folder or of one above it.
 * @throws UserError (exit code 2) when there is none or it is no text.
 */
export function readSource(directory: string, file: string | undefined): ConfigText {
  const from = resolve(directory);
  const path = file === undefined ? findConfigFile(from) : resolve(from, file);
  // A link that leads nowhere is there, yet it does not exist.
  if (path === undefined || !(existsSync(path) || namesIn(dirname(path)).includes(basename(path)))) {
    throw missing(from, file);
  }
  return decode(path, readBytes(path));
}
