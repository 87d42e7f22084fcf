import { buffer } from "node:stream/consumers";

export interface PackedFile {
  readonly path: string;
  readonly content: string;
  /** Permission bits; 0o644 by default. */
  readonly mode?: number;
  /** Numeric owner inside the container. */
  readonly uid: number;
}

/** A tar archive of the files, as `docker cp -` takes it on standard input. */
export async function packFiles(files: readonly PackedFile[]): Promise<Uint8Array> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const directories = new Set<string>();
  for (const { path, content, mode = 0o644, uid } of files) {
    const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : undefined;
    if (directory !== undefined && !directories.has(directory)) {
      directories.add(directory);
      archive.entry({ name: directory, type: "directory", mode: 0o755, uid, gid: uid });
    }
    archive.entry({ name: path, mode, uid, gid: uid }, content);
  }
  archive.finalize();
  return buffer(archive);
}
