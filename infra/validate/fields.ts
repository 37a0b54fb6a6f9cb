import { RETRY_ATTEMPTS, RETRY_DELAY_SECONDS, WAIT_SECONDS } from "../../sdk/base/aws-limits.ts";
import type { QueryLanguageName, State } from "../asl/definition.ts";
import { NUMBER_FIELDS, type NumberFieldName } from "../asl/number-fields.ts";
import { expressionIn } from "../language/jsonata.ts";
import type { Findings, Members } from "./diagnostics.ts";

type Language = QueryLanguageName | "both";
type Kind = "text" | "number" | "integer" | "boolean" | "object" | "array" | "items" | "any";

interface Field {
  readonly kind: Kind;
  readonly language: Language;
  /** The numbers that are allowed, ends included. */
  readonly range?: readonly [least: number, most: number];
  /** The texts that are allowed. */
  readonly values?: readonly string[];
  /** JSONata may not work it out. */
  readonly constant?: boolean;
}

/** The fields that an object may have. */
export type Shape = Readonly<Record<string, Field>>;

function field(kind: Kind, language: Language = "both"): Field {
  return { kind, language };
}
function oneOf(...values: string[]): Field {
  return { kind: "text", language: "both", values };
}
function number(name: NumberFieldName): Field {
  return { ...NUMBER_FIELDS[name], language: "both" };
}
const path = field("text", "JSONPath");

const COMMON = {
  Type: field("text"),
  Comment: field("text"),
  QueryLanguage: field("text"),
  InputPath: field("any", "JSONPath"),
  OutputPath: field("any", "JSONPath"),
  Output: field("any", "JSONata"),
};
const MOVES = { Next: field("text"), End: field("boolean"), Assign: field("object") };
const RESULT = { ResultPath: field("any", "JSONPath"), ResultSelector: field("object", "JSONPath") };
const WORK = { Parameters: field("any", "JSONPath"), Arguments: field("any", "JSONata") };
const RECOVERY = { Retry: field("array"), Catch: field("array") };
const { OutputPath: _path, Output: _output, ...ENDS } = COMMON;

/** The fields of every type of state, and the language that each belongs to. */
export const FIELDS: Readonly<Record<State["Type"], Shape>> = {
  Pass: {
    ...COMMON,
    ...MOVES,
    Result: field("any", "JSONPath"),
    ResultPath: RESULT.ResultPath,
    Parameters: WORK.Parameters,
  },
  Task: {
    ...COMMON,
    ...MOVES,
    ...RESULT,
    ...WORK,
    ...RECOVERY,
    Resource: field("text"),
    Credentials: field("object"),
    TimeoutSeconds: number("TimeoutSeconds"),
    TimeoutSecondsPath: path,
    HeartbeatSeconds: number("HeartbeatSeconds"),
    HeartbeatSecondsPath: path,
  },
  Choice: { ...COMMON, Assign: MOVES.Assign, Choices: field("array"), Default: field("text") },
  Wait: {
    ...COMMON,
    ...MOVES,
    Seconds: number("Seconds"),
    Timestamp: field("text"),
    SecondsPath: path,
    TimestampPath: path,
  },
  Succeed: COMMON,
  Fail: { ...ENDS, Error: field("text"), Cause: field("text"), ErrorPath: path, CausePath: path },
  Parallel: { ...COMMON, ...MOVES, ...RESULT, ...WORK, ...RECOVERY, Branches: field("array") },
  Map: {
    ...COMMON,
    ...MOVES,
    ...RESULT,
    ...RECOVERY,
    ItemProcessor: field("object"),
    Iterator: field("object"),
    Items: field("items", "JSONata"),
    ItemsPath: path,
    ItemSelector: field("any"),
    Parameters: field("any", "JSONPath"),
    MaxConcurrency: number("MaxConcurrency"),
    MaxConcurrencyPath: path,
    ItemReader: field("object"),
    ItemBatcher: field("object"),
    ResultWriter: field("object"),
    ToleratedFailureCount: number("ToleratedFailureCount"),
    ToleratedFailureCountPath: path,
    ToleratedFailurePercentage: number("ToleratedFailurePercentage"),
    ToleratedFailurePercentagePath: path,
    Label: field("text"),
  },
};

/** Fields without which a state of the type is none. */
export const REQUIRED: Readonly<Partial<Record<State["Type"], readonly string[]>>> = {
  Task: ["Resource"],
  Choice: ["Choices"],
  Parallel: ["Branches"],
};

/** AWS takes one more than it documents, and says so where it refuses: "Maximum value is 31622400". */
const MOST_DELAY = RETRY_DELAY_SECONDS + 1;

/** The numbers are constants in either language. */
export const RETRIER: Shape = {
  Comment: field("text"),
  ErrorEquals: field("any"),
  IntervalSeconds: { kind: "integer", language: "both", range: [0, WAIT_SECONDS], constant: true },
  MaxAttempts: { kind: "integer", language: "both", range: [0, RETRY_ATTEMPTS], constant: true },
  BackoffRate: { kind: "number", language: "both", range: [1, Number.POSITIVE_INFINITY], constant: true },
  MaxDelaySeconds: { kind: "integer", language: "both", range: [1, MOST_DELAY], constant: true },
  JitterStrategy: oneOf("NONE", "FULL"),
};

export const CATCHER: Shape = {
  Comment: field("text"),
  ErrorEquals: field("any"),
  Next: field("text"),
  ResultPath: field("any", "JSONPath"),
  Output: field("any", "JSONata"),
  Assign: field("object"),
};

export const PROCESSOR_CONFIG: Shape = {
  Comment: field("text"),
  Mode: oneOf("INLINE", "DISTRIBUTED"),
  ExecutionType: oneOf("STANDARD", "EXPRESS"),
};

export const ITEM_READER: Shape = {
  Comment: field("text"),
  Resource: field("text"),
  ReaderConfig: field("object"),
  Parameters: WORK.Parameters,
  Arguments: WORK.Arguments,
};

export const READER_CONFIG: Shape = {
  Comment: field("text"),
  InputType: oneOf("CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"),
  Transformation: oneOf("NONE", "LOAD_AND_FLATTEN"),
  ManifestType: oneOf("ATHENA_DATA", "S3_INVENTORY"),
  CSVDelimiter: oneOf("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
  CSVHeaderLocation: oneOf("FIRST_ROW", "GIVEN"),
  CSVHeaders: field("array"),
  ItemsPointer: field("text"),
  MaxItems: number("MaxItems"),
  MaxItemsPath: path,
};

export const ITEM_BATCHER: Shape = {
  Comment: field("text"),
  BatchInput: field("any"),
  MaxItemsPerBatch: number("MaxItemsPerBatch"),
  MaxItemsPerBatchPath: path,
  MaxInputBytesPerBatch: number("MaxInputBytesPerBatch"),
  MaxInputBytesPerBatchPath: path,
};

export const RESULT_WRITER: Shape = {
  Comment: field("text"),
  Resource: field("text"),
  Parameters: WORK.Parameters,
  Arguments: WORK.Arguments,
  WriterConfig: field("object"),
};

export const WRITER_CONFIG: Shape = {
  Comment: field("text"),
  Transformation: oneOf("NONE", "COMPACT", "FLATTEN"),
  OutputType: oneOf("JSON", "JSONL"),
};

/** Fields of which an object has the value itself, or a path to it as `…Path`. */
const VALUE_OR_PATH = [
  "Error",
  "Cause",
  "TimeoutSeconds",
  "HeartbeatSeconds",
  "MaxConcurrency",
  "ToleratedFailureCount",
  "ToleratedFailurePercentage",
  "MaxItems",
  "MaxItemsPerBatch",
  "MaxInputBytesPerBatch",
];

/** Checks that an object has fields of the shape alone, each of its kind and of the language. */
export function checkShape(
  members: Members,
  shape: Shape,
  at: string,
  language: QueryLanguageName,
  findings: Findings,
): void {
  for (const [name, value] of members) {
    const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (known === undefined) findings.error(`Field '${name}' is not supported`, at);
    else if (known.language !== "both" && known.language !== language) {
      findings.error(
        `The QueryLanguage is set to '${language}', but field '${name}' is only supported for the '${known.language}' QueryLanguage`,
        at,
      );
    } else checkValue(value, known, `${at}/${name}`, language, findings);
  }
  for (const name of VALUE_OR_PATH) {
    if (members.has(name) && members.has(`${name}Path`))
      findings.error(`There should only be one of the following fields: [${name}, ${name}Path]`, at);
  }
}

/** Checks that an object has one of the fields. */
export function checkOneOf(
  names: readonly string[],
  has: (name: string) => boolean,
  at: string,
  findings: Findings,
): void {
  const given = names.filter(has);
  if (given.length === 0)
    findings.error(`This object should have only one of the following fields: [${names.join(", ")}]`, at);
  if (given.length > 1) findings.error(`There should only be one of the following fields: [${names.join(", ")}]`, at);
}

function checkValue(
  value: unknown,
  { kind, range, values, constant = false }: Field,
  at: string,
  language: QueryLanguageName,
  findings: Findings,
): void {
  const computable = COMPUTABLE.has(kind) && language === "JSONata" && !constant;
  if (computable && expressionIn(value) !== undefined) return;
  if (!OF_KIND[kind](value)) {
    findings.error(`Expected value of type ${EXPECTED[kind]}${computable ? " or a JSONata expression" : ""}`, at);
  } else if (range !== undefined && Number(value) < range[0]) findings.error(`Minimum value is ${range[0]}`, at);
  else if (range !== undefined && Number(value) > range[1]) findings.error(`Maximum value is ${range[1]}`, at);
  else if (values !== undefined && !values.includes(String(value))) {
    findings.error(`Value should be one of the following: [${values.join(", ")}]`, at);
  }
}

/** What JSONata may work out where JSONPath has a constant, or a path under another name. */
const COMPUTABLE: ReadonlySet<Kind> = new Set(["number", "integer", "items"]);

const EXPECTED: Readonly<Record<Kind, string>> = {
  text: "String",
  number: "Number",
  integer: "Integer",
  boolean: "Boolean",
  object: "Object",
  array: "Array",
  items: "Array, Object",
  any: "Any",
};

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const OF_KIND: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  object: isObject,
  array: (value) => Array.isArray(value),
  items: (value) => Array.isArray(value) || isObject(value),
  any: () => true,
};
