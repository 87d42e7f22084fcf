import { filesIn, info, type Note, type ProjectFolder, topLevel, warning } from "./folder.js";

const LARGE_BYTES = 50 * 1024 * 1024;
const MODEL_FOLDERS = new Set(["models", "model", "weights", "checkpoints"]);
/** Folders that hold code, whatever else lies in them. */
const CODE_FOLDERS = new Set(["src", "jobs", "test", "tests"]);
const DATA =
  /\.(csv|tsv|jsonl?|ndjson|parquet|orc|avro|feather|arrow|xlsx?|txt|log|db|sqlite3?)(\.(gz|bz2|zst|xz|zip))?$/i;

export interface LargeFiles {
  /** Folders and files that get a layer of their own below the code's. */
  readonly layers: readonly string[];
  /** What jobs should read from S3: left out of the image. */
  readonly data: readonly string[];
  readonly notes: readonly Note[];
}

const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;

/** Models belong into the image, where every worker has them at once; data belongs on S3. */
export function findLargeFiles(folder: ProjectFolder): LargeFiles {
  const size = (path: string) => folder.files.get(path) ?? 0;
  const large = [...folder.files.keys()].filter((path) => size(path) > LARGE_BYTES).sort();
  const data = large.filter((path) => DATA.test(path));
  const models = large.filter((path) => !DATA.test(path));
  const isCode = (name: string) => CODE_FOLDERS.has(name) || folder.files.has(`${name}/__init__.py`);

  const { folders } = topLevel(folder);
  const named = folders.filter(
    (name) =>
      MODEL_FOLDERS.has(name) && !isCode(name) && filesIn(folder, name).some((path) => !path.endsWith(".py")),
  );
  const tops = [...new Set([...named, ...models.map((path) => path.replace(/\/.*/, ""))])].sort();
  const layers = tops
    .filter((name) => !isCode(name))
    .map((name) => (folders.includes(name) ? `${name}/` : name));
  const buried = models.filter((path) => isCode(path.replace(/\/.*/, "")));
  return {
    layers,
    data,
    notes: [
      ...layers.map((name) =>
        info(
          `${name}: a layer of its own, which an edit of code does not touch; on every node it is /app/${name}.`,
        ),
      ),
      ...buried.map((path) =>
        warning(
          `${path} (${mebibytes(size(path))}) lies among code: every edit there copies it again. Move it into a folder models.`,
        ),
      ),
      ...data.map((path) =>
        warning(
          `${path} (${mebibytes(size(path))}) is data, which belongs on S3 and not in the image (pyspark-deploy cp ${path} s3a://BUCKET/).`,
        ),
      ),
    ],
  };
}
