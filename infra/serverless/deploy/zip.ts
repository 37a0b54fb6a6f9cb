import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { finished } from "node:stream/promises";
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type AsyncFlateStreamHandler, deflateSync, Unzip, Zip, ZipPassThrough } from "fflate";

/** The files' time, the earliest that zip can store. Zip stores local time, so it is the same in every time zone. */
const EPOCH = new Date(1980, 0, 1);

/** The files' mode: a regular file that all users may read, since Lambda runs the code as another user. */
const READABLE = 0o100_644 << 16;

/** As before, and one that may be run. */
const RUNNABLE = 0o100_755 << 16;

/**
 * Bytes beyond which a file is compressed by zlib: JavaScript takes 30 times as long, a minute for a machine learning
 * runtime. Smaller files keep their bytes from one version of Node.js to the next; these may not.
 */
const LARGE = 1_000_000;

/**
 * Write the files of a directory to a zip file: the same bytes for the same files, whoever zips them, when and where,
 * by one version of Node.js; and by any version, where no file is larger than 1 MB. One file at a time is in memory.
 * @param deflated what other zips have: many functions have files of the same content
 */
export async function zipDirectory(directory: string, zipFile: string, deflated: Deflated = new Map()): Promise<void> {
  const output = createWriteStream(zipFile);
  const done = finished(output);
  const zip = new Zip((error, chunk, isLast) => {
    if (error !== null) output.destroy(error);
    else if (isLast) output.end(chunk);
    else output.write(chunk);
  });
  for (const path of (await filesIn(directory)).toSorted()) {
    const content = await readFile(path);
    const { mode } = await stat(path);
    const name = relative(directory, path).replaceAll("\\", "/");
    const file = new DeflatedFile(name, deflated);
    Object.assign(file, { mtime: EPOCH, os: 3, attrs: (mode & 0o111) === 0 ? READABLE : RUNNABLE });
    zip.add(file);
    file.push(content, true);
    if (output.writableNeedDrain) await once(output, "drain");
  }
  zip.end();
  await done;
}

/** By the hash of their content, what small files are when they are compressed. */
export type Deflated = Map<string, Uint8Array<ArrayBuffer>>;

/** A file of a zip whose content is there as a whole. */
class DeflatedFile extends ZipPassThrough {
  override compression = DEFLATED;
  readonly #known: Deflated;

  constructor(name: string, known: Deflated) {
    super(name);
    this.#known = known;
  }

  protected override process(content: Uint8Array, isLast: boolean): void {
    this.ondata(null, content.byteLength > LARGE ? deflateRawSync(content) : this.#deflateSmall(content), isLast);
  }

  #deflateSmall(content: Uint8Array): Uint8Array<ArrayBuffer> {
    const hash = createHash("sha256").update(content).digest("base64");
    const known = this.#known.get(hash) ?? Uint8Array.from(deflateSync(content, { level: 6 }));
    this.#known.set(hash, known);
    return known;
  }
}

/** How zip calls what zlib writes. */
const DEFLATED = 8;

async function filesIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Write the files of a zip file below a directory, as Lambda does before it starts a function. */
export async function unzipTo(directory: string, zipFile: string): Promise<void> {
  const files: { readonly path: string; readonly content: Uint8Array }[] = [];
  const unzip = new Unzip((file) => {
    const chunks: Uint8Array[] = [];
    file.ondata = (error, chunk, isLast) => {
      if (error !== null) throw error;
      chunks.push(chunk);
      if (isLast) files.push({ path: join(directory, file.name), content: Buffer.concat(chunks) });
    };
    file.start();
  });
  unzip.register(ZlibDecoder);
  for await (const chunk of createReadStream(zipFile, { highWaterMark: 4 * LARGE })) {
    unzip.push(chunk as Buffer); // no encoding is set
    await writeAll(files.splice(0));
  }
  unzip.push(new Uint8Array(0), true);
  await writeAll(files);
}

async function writeAll(files: readonly { readonly path: string; readonly content: Uint8Array }[]): Promise<void> {
  for (const directory of new Set(files.map(({ path }) => dirname(path)))) await mkdir(directory, { recursive: true });
  await Promise.all(files.map(({ path, content }) => writeFile(path, content)));
}

/** Decompresses a file once all of it is there. */
class ZlibDecoder {
  static readonly compression: number = DEFLATED;
  ondata: AsyncFlateStreamHandler = () => {};
  readonly #chunks: Uint8Array[] = [];

  push(chunk: Uint8Array, isLast: boolean): void {
    this.#chunks.push(chunk.slice());
    if (isLast) this.ondata(null, inflateRawSync(Buffer.concat(this.#chunks)), true);
  }
}
