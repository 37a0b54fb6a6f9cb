import { dirname, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject, printPath } from "../../sdk/base/json.ts";
import { parseFile } from "./document.ts";
import { type Path, textOf } from "./template-values.ts";

/** What variables of a serverless.yml are made of. */
export interface VariableSources {
  /** The path of the file. */
  readonly file: string;
  readonly document: JsonObject;
  /** `${opt:…}`. */
  readonly options: ReadonlyMap<string, string>;
  readonly stage: string;
  readonly region: string;
  readonly accountId: string;
  /** Called with the path of each further file. */
  readonly read: (path: string) => void;
}

const INNERMOST = /\$\{([^${}]*)\}/;
/** `${AWS::Region}` is CloudFormation's, and `${Name}` a substitution's: variables have a source before a colon, or a file. */
const VARIABLE = /^\s*(?:(self|opt|sls|env|param|aws|file\([^)]*\)|[\w-]+(?:\([^)]*\))?):(?!:)|(file\([^)]*\)))/;
const DEPTH = 30;

/**
 * A part of a serverless.yml with values in the places of the framework's variables: `self`, `opt`, `sls`, `env`, `param`,
 * `aws` and `file`, with fallbacks.
 * @throws {LambentError} for what only the framework or AWS knows, with the place
 */
export function withVariables(value: Json, path: Path, sources: VariableSources, depth: number = 0): Json {
  if (depth > DEPTH) throw new LambentError(`${placeOf(path)}: its variables refer to each other`);
  if (typeof value === "string") return inText(value, path, sources, depth);
  if (Array.isArray(value))
    return value.map((item: Json, index) => withVariables(item, [...path, index], sources, depth));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, withVariables(field, [...path, key], sources, depth)]),
  );
}

function inText(text: string, path: Path, sources: VariableSources, depth: number): Json {
  // Variables may stand within variables: the innermost first. In the place of what is no variable stands its number,
  // between two characters that no text has, until all others are worked out.
  const kept: string[] = [];
  let rest = text;
  for (let found = INNERMOST.exec(rest); found !== null; found = INNERMOST.exec(rest)) {
    const [written, content = ""] = found;
    if (!VARIABLE.test(content)) {
      rest = rest.replace(written, () => `\uE000${kept.push(written) - 1}\uE000`);
      continue;
    }
    const value = variable(content, written, path, sources, depth);
    if (written === rest) return value;
    rest = rest.replace(written, () => textOf(value));
  }
  return rest.replaceAll(/\uE000(\d+)\uE000/g, (_, index: string) => kept[Number(index)] ?? "");
}

function variable(content: string, written: string, path: Path, sources: VariableSources, depth: number): Json {
  for (const alternative of alternatives(content)) {
    const value = VARIABLE.test(alternative) ? sourced(alternative.trim(), sources) : literal(alternative.trim());
    if (value !== undefined && value !== null) return withVariables(value, path, sources, depth + 1);
  }
  throw new LambentError(
    `${placeOf(path)}: ${written} has no value here: write a fallback, as \${…, 'value'}, or the value itself`,
  );
}

/** Parted at commas that are not between quotes or brackets. */
function alternatives(content: string): string[] {
  return content.match(/(?:'[^']*'|"[^"]*"|\([^)]*\)|[^,])+/g) ?? [];
}

function literal(text: string): Json | undefined {
  const [, , quoted] = /^(['"])(.*)\1$/.exec(text) ?? [];
  if (quoted !== undefined) return quoted;
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : undefined;
}

function sourced(text: string, { document, options, file, read, ...names }: VariableSources): Json | undefined {
  const [, source = "", address = ""] = /^(file\([^)]*\)|[\w-]+(?:\([^)]*\))?)(?::(.*))?$/.exec(text) ?? [];
  switch (source) {
    case "self":
      return address === "" ? document : fieldAt(document, address);
    case "opt":
      return options.get(address);
    case "sls":
      return address === "stage" ? names.stage : undefined;
    case "env":
      return process.env[address];
    case "aws":
      return address === "region" ? names.region : address === "accountId" ? names.accountId : undefined;
    case "param":
      return options.get(address) ?? parameterOf(document, names.stage, address);
    default: {
      const [, named] = /^file\((.*)\)$/.exec(source) ?? [];
      if (named === undefined) return undefined;
      const path = resolve(dirname(file), named.trim());
      read(path);
      const isData = /\.(json|ya?ml)$/i.test(path);
      if (!isData) throw new LambentError(`\${${text}}: only files of JSON and YAML are read here`);
      const content = parseFile(path);
      return address === "" ? content : fieldAt(content, address);
    }
  }
}

/** Of the stage, or else of `default`. */
function parameterOf(document: JsonObject, stage: string, name: string): Json | undefined {
  return fieldAt(document, `params.${stage}.${name}`) ?? fieldAt(document, `params.default.${name}`);
}

function fieldAt(value: Json, address: string): Json | undefined {
  let current: Json | undefined = value;
  for (const step of address.split(".")) {
    if (Array.isArray(current)) current = (current as readonly Json[])[Number(step)]; // of Json, as the value is
    else current = isJsonObject(current) ? current[step] : undefined;
  }
  return current;
}

function placeOf(path: Path): string {
  const [first = "", ...others] = path;
  return printPath(String(first), others);
}
