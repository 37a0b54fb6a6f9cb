import { readFileSync } from "node:fs";
import { type CollectionTag, parseDocument, type ScalarTag, YAMLMap } from "yaml";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";

/** CloudFormation's functions that have a short form in YAML: `!Sub` is `Fn::Sub`. */
const FUNCTIONS = [
  "And",
  "Base64",
  "Cidr",
  "Equals",
  "FindInMap",
  "GetAtt",
  "GetAZs",
  "If",
  "ImportValue",
  "Join",
  "Length",
  "Not",
  "Or",
  "Select",
  "Split",
  "Sub",
  "ToJsonString",
  "Transform",
];

const TAGS: (ScalarTag | CollectionTag)[] = [
  ...["Ref", "Condition"].flatMap((name) => tagsOf(name, name)),
  ...FUNCTIONS.flatMap((name) => tagsOf(name, `Fn::${name}`)),
];

/** The tag of one function on a text, a list and an object. */
function tagsOf(name: string, key: string): (ScalarTag | CollectionTag)[] {
  const tag = `!${name}`;
  function wrapped(node: unknown): YAMLMap {
    const map = new YAMLMap();
    map.set(key, node);
    return map;
  }
  return [
    { tag, resolve: (text) => ({ [key]: name === "GetAtt" ? attributePath(text) : text }) },
    { tag, collection: "seq", resolve: wrapped },
    { tag, collection: "map", resolve: wrapped },
  ];
}

/** `!GetAtt Table.Arn` as CloudFormation reads it: an attribute may have dots in it, as `Stack.Outputs.Arn`. */
function attributePath(text: string): string[] {
  const [id = "", ...attribute] = text.split(".");
  return [id, attribute.join(".")];
}

/** @throws {LambentError} if there is no such file */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new LambentError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * What a further file says, which a definition or a template names.
 * @throws {LambentError} with its path, and the line if it is neither JSON nor YAML
 */
export function parseFile(file: string): Json {
  const text = readText(file);
  try {
    return parseText(text);
  } catch (error) {
    throw new LambentError(`${file}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * What a text says that is JSON, or YAML with CloudFormation's short forms.
 * @throws {LambentError} with the line, if it is neither
 */
export function parseText(text: string): Json {
  if (/^\s*[{[]/.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // YAML may begin so, too, and its reader tells the line of what is wrong.
    }
  }
  const document = parseDocument(text, { customTags: TAGS, merge: true, logLevel: "error" });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new LambentError(problem.message.trimEnd());
  return document.toJS() as Json; // objects with texts as keys, lists and values: the tags above make nothing else
}
