import type { QueryLanguageName, State } from "../asl.ts";

type Language = QueryLanguageName | "both";
type Kind = "text" | "number" | "integer" | "boolean" | "object" | "array" | "any";

interface Field {
  readonly kind: Kind;
  readonly language: Language;
}

const field = (kind: Kind, language: Language = "both"): Field => ({ kind, language });

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
export const FIELDS: Readonly<Record<State["Type"], Readonly<Record<string, Field>>>> = {
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
    TimeoutSeconds: field("any"),
    TimeoutSecondsPath: field("text", "JSONPath"),
    HeartbeatSeconds: field("any"),
    HeartbeatSecondsPath: field("text", "JSONPath"),
  },
  Choice: { ...COMMON, Assign: MOVES.Assign, Choices: field("array"), Default: field("text") },
  Wait: {
    ...COMMON,
    ...MOVES,
    Seconds: field("any"),
    Timestamp: field("text"),
    SecondsPath: field("text", "JSONPath"),
    TimestampPath: field("text", "JSONPath"),
  },
  Succeed: COMMON,
  Fail: {
    ...ENDS,
    Error: field("text"),
    Cause: field("text"),
    ErrorPath: field("text", "JSONPath"),
    CausePath: field("text", "JSONPath"),
  },
  Parallel: { ...COMMON, ...MOVES, ...RESULT, ...WORK, ...RECOVERY, Branches: field("array") },
  Map: {
    ...COMMON,
    ...MOVES,
    ...RESULT,
    ...RECOVERY,
    ItemProcessor: field("object"),
    Iterator: field("object"),
    Items: field("any", "JSONata"),
    ItemsPath: field("text", "JSONPath"),
    ItemSelector: field("any"),
    Parameters: field("any", "JSONPath"),
    MaxConcurrency: field("any"),
    MaxConcurrencyPath: field("text", "JSONPath"),
    ItemReader: field("object"),
    ItemBatcher: field("object"),
    ResultWriter: field("object"),
    ToleratedFailureCount: field("any"),
    ToleratedFailureCountPath: field("text", "JSONPath"),
    ToleratedFailurePercentage: field("any"),
    ToleratedFailurePercentagePath: field("text", "JSONPath"),
    Label: field("text"),
  },
};

/** Fields without which a state of the type is none. */
export const REQUIRED: Readonly<Partial<Record<State["Type"], readonly string[]>>> = {
  Task: ["Resource"],
  Choice: ["Choices"],
  Parallel: ["Branches"],
};

const EXPECTED: Readonly<Record<Kind, string>> = {
  text: "String",
  number: "Number",
  integer: "Integer",
  boolean: "Boolean",
  object: "Object",
  array: "Array",
  any: "Any",
};

/** What the value should have been, or undefined when it is. */
export function mistyped(value: unknown, kind: Kind): string | undefined {
  const is = {
    text: typeof value === "string",
    number: typeof value === "number",
    integer: Number.isInteger(value),
    boolean: typeof value === "boolean",
    object: typeof value === "object" && value !== null && !Array.isArray(value),
    array: Array.isArray(value),
    any: true,
  };
  return is[kind] ? undefined : EXPECTED[kind];
}
