import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { currentStore } from "../store/current-store.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { LambentError } from "../base/errors.ts";
import type { FileUser } from "../invocation/file-user.ts";
import { isNamedByContent } from "./content-address.ts";
import { DownloadProgress } from "./download-progress.ts";
import type { FileReference } from "./file-reference.ts";
import { originOf } from "./file-origins.ts";
import { FileStorage, PARTIAL, storageLimit } from "./file-storage.ts";
import { storeLocalFile } from "./local-files.ts";
import { downloadObject, type StoredObject } from "./range-download.ts";

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
export async function open(file: FileReference): Promise<Readable> {
  const [bucket, key] = addressOf(file.uri);
  const store = await storeOf(file, bucket, key);
  return store.stream(bucket, key, isNamedByContent(file) ? undefined : file.version);
}

/** The content as UTF-8 text. */
export async function text(file: FileReference): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await open(file)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** By path of the copy: those that were begun in this process and have not failed. */
const downloads = new Map<string, Promise<string>>();
let storage: FileStorage | undefined;

/** The path of a local copy. All calls in this process get the same one. */
export function download(file: FileReference, user: FileUser): Promise<string> {
  storage ??= new FileStorage(join(tmpdir(), "lambent-files"), storageLimit(), (path) => downloads.delete(path));
  const directory = createHash("sha256")
    .update(JSON.stringify([file.uri, file.version]))
    .digest("hex")
    .slice(0, 32);
  const path = join(storage.directory, directory, basename(addressOf(file.uri)[1]));
  const begun = downloads.get(path);
  if (begun !== undefined) return shared(file, path, begun, storage, user);
  const copy = downloadTo(path, file, storage, user);
  downloads.set(path, copy);
  copy.then(undefined, () => downloads.delete(path));
  return copy;
}

/** The copy that another call has begun, and that may have had to go since. */
async function shared(
  file: FileReference,
  path: string,
  begun: Promise<string>,
  files: FileStorage,
  user: FileUser,
): Promise<string> {
  await begun;
  if (downloads.get(path) !== begun) return download(file, user);
  files.use(path, user);
  return path;
}

async function downloadTo(path: string, file: FileReference, files: FileStorage, user: FileUser): Promise<string> {
  const object = await find(file);
  const { size } = object;
  if (files.find(path, size, user)) return path;
  const release = files.reserve(path, size, file.uri, user);
  const partial = `${path}.${process.pid}${PARTIAL}`;
  const progress = new DownloadProgress(file.uri, size, Date.now());
  const started = performance.now();
  let isThere = false;
  try {
    await mkdir(join(path, ".."), { recursive: true });
    await downloadObject(object, partial, (bytes) => tell(progress.received(bytes, Date.now())));
    await rename(partial, path);
    isThere = true;
  } finally {
    await rm(partial, { force: true });
    release(isThere);
  }
  user.downloaded(size, performance.now() - started);
  tell(progress.finished(Date.now()));
  return path;
}

function tell(line: string | undefined): void {
  if (line !== undefined) console.info(line);
}

/**
 * The object that a file refers to, as it is now.
 * @throws {LambentError} if it is gone or has another version
 */
async function find(file: FileReference): Promise<StoredObject> {
  const [bucket, key] = addressOf(file.uri);
  const store = await storeOf(file, bucket, key);
  const info = await store.head(bucket, key);
  if (info === undefined) throw new LambentError(`${file.uri}: no such object`);
  if (info.version !== file.version && !isNamedByContent(file)) {
    throw new LambentError(`${file.uri} was overwritten, or never had the version that is asked for`);
  }
  return { store, bucket, key, ...info };
}

/** The store, which has a file of this machine from now on that it did not have yet. */
async function storeOf(file: FileReference, bucket: string, key: string): Promise<ObjectStore> {
  const origin = await originOf(file);
  if (origin !== undefined) return origin;
  const { store } = await currentStore();
  await storeLocalFile(file.uri, async (path) => {
    if ((await store.head(bucket, key)) === undefined) await store.put(bucket, key, { file: path }, { ifAbsent: true });
  });
  return store;
}

function addressOf(uri: string): [bucket: string, key: string] {
  const match = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new LambentError(`"${uri}" is not the address of a file: it must read s3://bucket/key`);
  }
  return [match[1], match[2]];
}
