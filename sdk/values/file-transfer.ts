import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { currentStore } from "../store/current-store.ts";
import { LambentError } from "../base/errors.ts";
import type { FileReference } from "./file-reference.ts";

/**
 * Put a local file into the store. Equal contents under one name are stored once.
 * @throws {LambentError} if the file cannot be read, or the environment names no store
 */
export async function upload(localPath: string, format: string = extname(localPath).slice(1)): Promise<FileReference> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(localPath), hash).catch((cause: unknown) => {
    throw new LambentError(`S3File.from("${localPath}"): cannot read the file`, { cause });
  });
  const { store, bucket, keyPrefix } = await currentStore();
  const key = `${keyPrefix}files/${hash.digest("hex")}/${basename(localPath)}`;
  const { version } = await store.put(bucket, key, { file: localPath }, { ifAbsent: true });
  return { uri: `s3://${bucket}/${key}`, version, format };
}

/**
 * The content as a stream.
 * @throws {LambentError} if the object is gone or has another version
 */
export async function open({ uri, version }: FileReference): Promise<Readable> {
  const { store } = await currentStore();
  return store.stream(...addressOf(uri), version);
}

/** The content as UTF-8 text. */
export async function text(file: FileReference): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await open(file)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** By path of the copy: those that were begun in this process and have not failed. */
const downloads = new Map<string, Promise<string>>();

/** The path of a local copy. All calls in this process get the same one. */
export function download(file: FileReference): Promise<string> {
  const directory = createHash("sha256")
    .update(JSON.stringify([file.uri, file.version]))
    .digest("hex")
    .slice(0, 32);
  const path = join(tmpdir(), "lambent-files", directory, basename(addressOf(file.uri)[1]));
  let copy = downloads.get(path);
  if (copy === undefined) {
    copy = downloadTo(path, file);
    downloads.set(path, copy);
    copy.then(undefined, () => downloads.delete(path));
  }
  return copy;
}

async function downloadTo(path: string, file: FileReference): Promise<string> {
  const present = await access(path).then(
    () => true,
    () => false,
  );
  if (present) return path;
  const partial = `${path}.${process.pid}.part`;
  await mkdir(join(path, ".."), { recursive: true });
  try {
    await pipeline(await open(file), createWriteStream(partial));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
  return path;
}

function addressOf(uri: string): [bucket: string, key: string] {
  const match = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new LambentError(`"${uri}" is not the address of a file: it must read s3://bucket/key`);
  }
  return [match[1], match[2]];
}
