import { messageOf } from "../../../sdk/base/errors.ts";
import { promisify } from "node:util";
import { gunzip as gunzipWithCallback } from "node:zlib";
import type { ItemReader } from "../../asl/definition.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";
import type { Objects } from "../integrations/objects.ts";
import type { QueryLanguage } from "../../language/language.ts";
import { csvRecords } from "./csv.ts";
import { itemsFrom, type MapItem } from "./map-item.ts";
import { parseJson } from "../../validate/parse-json.ts";
import type { Visit } from "./visit.ts";

const gunzip = promisify(gunzipWithCallback);

/** Reads the items of a Distributed Map. @throws {StateError} `States.ItemReaderFailed` */
export type ReadItems = (visit: Visit) => Promise<readonly MapItem[]>;

interface ReaderConfig {
  readonly InputType?: string;
  readonly CSVHeaderLocation?: string;
  readonly CSVHeaders?: readonly string[];
  readonly CSVDelimiter?: string;
  readonly ManifestType?: string;
  readonly ItemsPointer?: string;
  readonly Transformation?: string;
}

export function compileReader(reader: ItemReader, language: QueryLanguage): ReadItems {
  const config: ReaderConfig = reader.ReaderConfig ?? {};
  const source = language.template(
    reader.Arguments ?? reader.Parameters ?? {},
    `ItemReader/${reader.Arguments === undefined ? "Parameters" : "Arguments"}`,
  );
  const maximum = language.number(config, "MaxItems");
  const lists = reader.Resource.endsWith(":s3:listObjectsV2");
  return async (visit) => {
    const where = await source(visit);
    const limit = await failing(() => maximum?.(visit));
    const read = fileReader(visit);
    const items = await failing(() => (lists ? listItems(read, where, config) : readItems(read, where, config)));
    return limit === undefined || limit === 0 ? items : items.slice(0, limit);
  };
}

function readerError(cause: string): StateError {
  return new StateError("States.ItemReaderFailed", cause);
}

async function failing<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StateError && error.error === "States.ItemReaderFailed") throw error;
    throw readerError(messageOf(error));
  }
}

function has(where: Json, name: string): boolean {
  return typeof where === "object" && where !== null && Object.hasOwn(where, name);
}

function member(where: Json, name: string): string {
  const value = new Map<string, Json>(Object.entries(where ?? {})).get(name);
  if (typeof value === "string") return value;
  throw readerError(`The ItemReader's ${name} must be a string, but it is ${JSON.stringify(value) ?? "missing"}.`);
}

async function listItems(read: Reading, where: Json, config: ReaderConfig): Promise<readonly MapItem[]> {
  const bucket = member(where, "Bucket");
  const listed = await read.objects.list(bucket, has(where, "Prefix") ? member(where, "Prefix") : "");
  if (config.Transformation !== "LOAD_AND_FLATTEN") {
    return itemsFrom(
      listed.map((entry): JsonObject => ({ ...entry })),
      `s3://${bucket}`,
    );
  }
  const loaded = await Promise.all(listed.map(({ Key }) => read.file(bucket, Key, config)));
  return loaded.flat();
}

async function readItems(read: Reading, where: Json, config: ReaderConfig): Promise<readonly MapItem[]> {
  const bucket = member(where, "Bucket");
  const key = member(where, "Key");
  if (config.InputType !== "MANIFEST") return read.file(bucket, key, config);
  return readManifest(read, await read.objects.get(bucket, key), config);
}

interface Reading {
  readonly objects: Objects;
  /** The items of one object. */
  file(bucket: string, key: string, config: ReaderConfig): Promise<readonly MapItem[]>;
}

/** Files may be large: what goes through them lets other executions run now and then. */
function fileReader(visit: Visit): Reading {
  const { objects } = visit.thread.run.integrations;
  return {
    objects,
    async file(bucket, key, config) {
      const body = await objects.get(bucket, key);
      const text = (key.endsWith(".gz") ? await gunzip(body) : body).toString("utf8");
      return itemsFrom(await gathered(visit, itemsOf(text, key, config)), `s3://${bucket}/${key}`);
    },
  };
}

// Milliseconds, and items between two looks at the time.
const SLICE = 10;
const ITEMS_BETWEEN_LOOKS = 64;

async function gathered(visit: Visit, items: Iterable<Json>): Promise<readonly Json[]> {
  const all: Json[] = [];
  let sliceEnd = performance.now() + SLICE;
  for (const item of items) {
    all.push(item);
    if (all.length % ITEMS_BETWEEN_LOOKS !== 0 || performance.now() < sliceEnd) continue;
    await visit.giveWay();
    sliceEnd = performance.now() + SLICE;
  }
  return all;
}

/** An S3 Inventory's manifest, whose files are gzipped CSV without a header, or Athena's list of result files. */
async function readManifest(read: Reading, body: Buffer, config: ReaderConfig): Promise<readonly MapItem[]> {
  if (config.ManifestType === "ATHENA_DATA") {
    const files = body
      .toString("utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    const loaded = await Promise.all(
      files.map(async (uri) => {
        const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri.trim()) ?? [];
        return read.file(bucket, key, { ...config, InputType: "CSV" });
      }),
    );
    return loaded.flat();
  }
  const manifest: {
    readonly destinationBucket?: string;
    readonly fileSchema?: string;
    readonly files?: readonly { readonly key: string }[];
  } = JSON.parse(body.toString("utf8"));
  const bucket = (manifest.destinationBucket ?? "").replace(/^arn:aws[a-z-]*:s3:::/, "");
  const headers = (manifest.fileSchema ?? "").split(",").map((name) => name.trim());
  const loaded = await Promise.all(
    (manifest.files ?? []).map(async ({ key }) =>
      read.file(bucket, key, {
        InputType: "CSV",
        CSVHeaderLocation: "GIVEN",
        CSVHeaders: headers,
      }),
    ),
  );
  return loaded.flat();
}

function itemsOf(text: string, key: string, config: ReaderConfig): Iterable<Json> {
  switch (config.InputType ?? inputTypeOf(key)) {
    case "CSV":
      return tableRows(text, config);
    case "JSONL":
      return jsonLines(text);
    case "JSON":
      return pointed(parseJson(text), config.ItemsPointer);
    default:
      throw readerError(
        `The InputType ${config.InputType} is not supported; supported are CSV, JSON, JSONL and MANIFEST.`,
      );
  }
}

function* jsonLines(text: string): Generator<Json> {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    const line = text.slice(start, end === -1 ? text.length : end);
    start += line.length + 1;
    if (line.trim() !== "") yield parseJson(line);
  }
}

function inputTypeOf(key: string): string {
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(key)?.[1]?.toUpperCase();
  return extension === "CSV" || extension === "JSONL" ? extension : "JSON";
}

/** A JSON pointer (RFC 6901) to the array within the document. */
function pointed(document: Json, pointer: string | undefined): readonly Json[] {
  let value: Json | undefined = document;
  for (const step of (pointer ?? "").split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    value = new Map<string, Json>(Object.entries(value ?? {})).get(name);
  }
  if (Array.isArray(value)) return value;
  throw readerError("Attempting to map over non-iterable node.");
}

const DELIMITERS: Readonly<Record<string, string>> = { COMMA: ",", PIPE: "|", SEMICOLON: ";", SPACE: " ", TAB: "\t" };

function* tableRows(text: string, config: ReaderConfig): Generator<JsonObject> {
  const records = csvRecords(text, DELIMITERS[config.CSVDelimiter ?? "COMMA"]);
  const isGiven = config.CSVHeaderLocation === "GIVEN";
  const headers: readonly string[] = isGiven ? (config.CSVHeaders ?? []) : (records.next().value ?? []);
  if (new Set(headers).size < headers.length) throw readerError("CSV headers cannot contain duplicates.");
  for (const record of records)
    yield Object.fromEntries(headers.map((header, column) => [header, record[column] ?? ""]));
}
