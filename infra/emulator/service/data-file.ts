import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { LambentError, messageOf } from "../../../sdk/base/errors.ts";

/** An error of a file of the data directory, with what to do. */
export function dataError(file: string, error: unknown): LambentError {
  return new LambentError(
    `The data directory cannot be used: ${file}: ${messageOf(error)}. Free space there, see to it that this user may write there, or choose another directory with --data, or data of the class`,
    { cause: error },
  );
}

/** Replaces a file as a whole, or leaves it as it is. It is on the disk when this returns. */
export function replaceFile(file: string, parts: Iterable<string>): void {
  const draft = `${file}.draft`;
  try {
    const descriptor = openSync(draft, "w");
    try {
      for (const part of parts) writeAll(descriptor, part);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Adds a line, or leaves the file as it is: half a line would spoil the next one.
 * @param isSynced It is on the disk when this returns.
 */
export function appendLine(file: string, line: string, isSynced = false): void {
  const descriptor = openSync(file, "a");
  try {
    const { size } = fstatSync(descriptor);
    try {
      writeAll(descriptor, `${line}\n`);
      if (isSynced) fsyncSync(descriptor);
    } catch (error) {
      ftruncateSync(descriptor, size);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a text as a whole. */
export function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
}

const CHUNK_BYTES = 1 << 20;

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** The file ends within it. */
  readonly isCut: boolean;
}

/** The lines that are not empty, one after the other: the file may be larger than a string can be. */
export function* readLines(file: string): Generator<Line> {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    let number = 0;
    for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) {
        number++;
        if (text !== "") yield { number, text, isCut: false };
      }
    }
    if (rest !== "") yield { number: number + 1, text: rest, isCut: true };
  } finally {
    closeSync(descriptor);
  }
}
