import { messageOf } from "../../../sdk/base/errors.ts";
import { gunzipSync } from "node:zlib";
import type { ItemReader } from "../../asl/definition.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";
import type { Objects } from "../integrations/objects.ts";
import type { QueryLanguage } from "../../language/language.ts";
import { parseCsv } from "./csv.ts";
import { itemsFrom, type MapItem } from "./map-item.ts";
import type { Visit } from "./visit.ts";

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
    const { objects } = visit.thread.run.integrations;
    const items = await failing(() => (lists ? listItems(objects, where, config) : readItems(objects, where, config)));
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

async function listItems(objects: Objects, where: Json, config: ReaderConfig): Promise<readonly MapItem[]> {
  const bucket = member(where, "Bucket");
  const listed = await objects.list(bucket, has(where, "Prefix") ? member(where, "Prefix") : "");
  if (config.Transformation !== "LOAD_AND_FLATTEN") {
    return itemsFrom(
      listed.map((entry): JsonObject => ({ ...entry })),
      `s3://${bucket}`,
    );
  }
  const loaded = await Promise.all(listed.map(({ Key }) => readFile(objects, bucket, Key, config)));
  return loaded.flat();
}

async function readItems(objects: Objects, where: Json, config: ReaderConfig): Promise<readonly MapItem[]> {
  const bucket = member(where, "Bucket");
  const key = member(where, "Key");
  if (config.InputType !== "MANIFEST") return readFile(objects, bucket, key, config);
  return readManifest(objects, await objects.get(bucket, key), config);
}

async function readFile(
  objects: Objects,
  bucket: string,
  key: string,
  config: ReaderConfig,
): Promise<readonly MapItem[]> {
  return itemsFrom(parseItems(await objects.get(bucket, key), key, config), `s3://${bucket}/${key}`);
}

/** An S3 Inventory's manifest, whose files are gzipped CSV without a header, or Athena's list of result files. */
async function readManifest(objects: Objects, body: Buffer, config: ReaderConfig): Promise<readonly MapItem[]> {
  if (config.ManifestType === "ATHENA_DATA") {
    const files = body
      .toString("utf8")
      .split("\n")
      .filter((line) => line.trim() !== "");
    const loaded = await Promise.all(
      files.map(async (uri) => {
        const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri.trim()) ?? [];
        return readFile(objects, bucket, key, { ...config, InputType: "CSV" });
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
      readFile(objects, bucket, key, {
        InputType: "CSV",
        CSVHeaderLocation: "GIVEN",
        CSVHeaders: headers,
      }),
    ),
  );
  return loaded.flat();
}

function parseItems(body: Buffer, key: string, config: ReaderConfig): readonly Json[] {
  const text = (key.endsWith(".gz") ? gunzipSync(body) : body).toString("utf8");
  switch (config.InputType ?? inputTypeOf(key)) {
    case "CSV":
      return parseTable(text, config);
    case "JSONL":
      return text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line): Json => JSON.parse(line));
    case "JSON":
      return pointed(JSON.parse(text), config.ItemsPointer);
    default:
      throw readerError(
        `The InputType ${config.InputType} is not supported; supported are CSV, JSON, JSONL and MANIFEST.`,
      );
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

function parseTable(text: string, config: ReaderConfig): readonly JsonObject[] {
  const records = parseCsv(text, DELIMITERS[config.CSVDelimiter ?? "COMMA"]);
  const headers = config.CSVHeaderLocation === "GIVEN" ? (config.CSVHeaders ?? []) : (records.shift() ?? []);
  if (new Set(headers).size < headers.length) throw readerError("CSV headers cannot contain duplicates.");
  return records.map((record) => Object.fromEntries(headers.map((header, column) => [header, record[column] ?? ""])));
}
