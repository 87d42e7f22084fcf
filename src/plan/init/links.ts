import { type Link, type Note, type ProjectFolder, warning } from "./folder.js";
import { DOCKERIGNORE, leavesOut } from "./ignore.js";
import { shellWord } from "./shell-word.js";

/** More of them have one reason, and one remedy. */
const MOST_NOTES = 5;

const isBroken = (link: Link | undefined): boolean => link !== undefined && link.state !== "inside";

/** True for a link whose target no image has: to copy it by its name would end the build. */
export const leadsNowhere = (folder: ProjectFolder, path: string): boolean =>
  isBroken(folder.links.get(path.replace(/\/$/, "")));

/** With a slash at its end, a link to a folder is copied as that folder. */
export const asCopied = (folder: ProjectFolder, path: string): string =>
  folder.links.get(path)?.toFolder ? `${path}/` : path;

function describe(path: string, { target, state, toFolder }: Link): string {
  const [from, to] = [shellWord(target), shellWord(path)];
  if (state === "missing") return `${path} is a link to ${target}, which is not there. Remove it: rm ${to}`;
  const bring = toFolder ? `rm ${to} && cp -R ${from} ${to}` : `cp --remove-destination ${from} ${to}`;
  if (state === "absolute")
    return `${path} is a link with an absolute path, ${target}: in the image it leads nowhere. Make it relative (ln -sfnr ${from} ${to}), or bring in what is there: ${bring}`;
  return `${path} is a link to ${target}, outside of this folder: no build sees what is there, and in the image the link leads nowhere. Bring it in: ${bring}; or let jobs read it from S3: pyspark-deploy cp ${from} s3a://BUCKET/`;
}

/** What has to be done about links whose target does not get into the image. */
export function linkNotes(folder: ProjectFolder): Note[] {
  const rules = folder.texts.get(DOCKERIGNORE) ?? "";
  const broken = [...folder.links].filter(
    ([path, link]) => isBroken(link) && !leavesOut(folder, rules, path),
  );
  const more = broken.length - MOST_NOTES;
  return [
    ...broken.slice(0, MOST_NOTES).map(([path, link]) => warning(describe(path, link))),
    ...(more > 0 ? [warning(`${more} more links lead to what the image does not have.`)] : []),
  ];
}
