import { isIntrinsic, parseIntrinsic } from "../language/intrinsics.ts";
import { JsonataSyntaxError, parse, visit, withinStack } from "../language/jsonata-engine.ts";
import { expressionIn } from "../language/jsonata.ts";
import { parsePath } from "../language/jsonpath-parser.ts";
import type { Path } from "../language/path.ts";
import { type Findings, membersOf } from "./diagnostics.ts";

/** A variable that is read, and where. */
export interface Reference {
  readonly name: string;
  readonly at: string;
}

/** What an expression may read of `$states`, by where it stands. */
export interface Reach {
  readonly result: boolean;
  readonly errorOutput: boolean;
}

/** Checks every `{% %}` in a value, at any depth, and gives the variables that they read. */
export function checkJsonata(value: unknown, at: string, reach: Reach, findings: Findings): Reference[] {
  if (typeof value === "string") return checkExpression(value, at, reach, findings);
  if (Array.isArray(value))
    return value.flatMap((item, index) => checkJsonata(item, `${at}[${index}]`, reach, findings));
  return [...(membersOf(value) ?? [])].flatMap(([key, part]) => checkJsonata(part, `${at}/${key}`, reach, findings));
}

function checkExpression(text: string, at: string, reach: Reach, findings: Findings): Reference[] {
  const source = expressionIn(text);
  if (source === undefined) {
    if (/^\s+\{%[^]*%\}\s*$|^\{%[^]*%\}\s+$/.test(text)) return [];
    if (text.startsWith("{%")) findings.error("JSONata string must start with {% and end with %}", at);
    return [];
  }
  try {
    return withinStack(() => checkTree(parse(source).tree, at, reach, findings));
  } catch (error) {
    if (!(error instanceof JsonataSyntaxError)) throw error;
    findings.error(error.message, at, "INVALID_JSONATA_EXPRESSION");
    return [];
  }
}

function checkTree(tree: unknown, at: string, reach: Reach, findings: Findings): Reference[] {
  for (const name of topLevelReferences(tree)) {
    findings.error(`Reference to '${name}' at the top level is not supported.`, at, "UNSUPPORTED_JSONATA_EXPRESSION");
  }
  for (const field of ["result", "errorOutput"] as const) {
    if (!reach[field] && readsStates(tree, field)) {
      findings.error(`Reference to '$states.${field}' is not supported here.`, at, "UNSUPPORTED_JSONATA_EXPRESSION");
    }
  }
  return [...freeVariables(tree)].map((name) => ({ name, at }));
}

/** The variables that an expression reads and does not bind itself, by `:=`, `@`, `#` or as a function's parameter. */
function freeVariables(tree: unknown): ReadonlySet<string> {
  const free = new Set<string>();
  collectFree(tree, new Set(), free);
  return free;
}

/** @param bound grows as a block goes on */
function collectFree(value: unknown, bound: Set<string>, free: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collectFree(item, bound, free);
    return;
  }
  const node = membersOf(value);
  if (node === undefined) return;
  const name = node.get("value");
  switch (node.get("type")) {
    case "variable":
      if (typeof name === "string" && name !== "" && name !== "$" && !bound.has(name)) free.add(name);
      break;
    case "bind": {
      const variable = membersOf(node.get("lhs"))?.get("value");
      const value = node.get("rhs");
      // A function may call itself, since the variable is there when it is called.
      const isFunction = membersOf(value)?.get("type") === "lambda";
      if (typeof variable === "string" && isFunction) bound.add(variable);
      collectFree(value, bound, free);
      if (typeof variable === "string") bound.add(variable);
      return;
    }
    case "lambda": {
      const parameters = [node.get("arguments")].flat().map((parameter) => membersOf(parameter)?.get("value"));
      const names = parameters.filter((parameter) => typeof parameter === "string");
      collectFree(node.get("body"), new Set([...bound, ...names]), free);
      return;
    }
    case "block":
      collectFree(node.get("expressions"), new Set(bound), free);
      return;
  }
  for (const key of ["focus", "index"]) {
    const variable = node.get(key);
    if (typeof variable === "string") bound.add(variable);
  }
  for (const [key, part] of node) if (key !== "value" && typeof part === "object") collectFree(part, bound, free);
}

function readsStates(tree: unknown, field: string): boolean {
  let found = false;
  visit(tree, ({ type, steps }) => {
    if (type !== "path" || !Array.isArray(steps)) return;
    const [first, second] = steps;
    found ||=
      first?.type === "variable" && first.value === "states" && second?.type === "name" && second.value === field;
  });
  return found;
}

/** Names read of a context that a state does not have: bare fields, `$` and `$$`. */
function topLevelReferences(tree: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  walk(tree, false, found);
  return found;
}

/** Parts of a node that are evaluated once per value of the node itself. */
const WITHIN = new Set(["stages", "predicate", "group", "terms", "pattern", "update", "delete"]);

function walk(value: unknown, hasContext: boolean, found: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, hasContext, found);
    return;
  }
  const node = membersOf(value);
  if (node === undefined) return;
  const type = node.get("type");
  const name = node.get("value");
  if (type === "variable" && (name === "$" || (name === "" && !hasContext))) found.add(`$${name}`);
  if (!hasContext && type === "name") found.add(String(name));
  if (!hasContext && (type === "wildcard" || type === "descendant" || type === "parent"))
    found.add(String(name ?? "%"));
  for (const [key, part] of node) {
    if (key === "steps" && Array.isArray(part)) {
      for (const [index, step] of part.entries()) walk(step, hasContext || index > 0, found);
    } else if (typeof part === "object") walk(part, hasContext || WITHIN.has(key), found);
  }
}

/**
 * What AWS takes in a JSONPath field: any `path`; a Choice's `variable`, which is any path too and is refused in other
 * words; a `reference`, which finds at most one value; or a reference into the state's `input` or a variable, not into
 * the context object.
 */
export type PathKind = "path" | "variable" | "reference" | "input";

/** A JSONPath field. */
export function checkPath(text: unknown, at: string, kind: PathKind, findings: Findings): Reference[] {
  if (typeof text !== "string") {
    findings.error("Expected value of type String", at);
    return [];
  }
  try {
    const path = parsePath(text);
    if ((kind === "reference" || kind === "input") && !path.reference)
      findings.error("Value is not a Reference Path: the path must identify a single node", at);
    if (kind === "input" && path.root === "$$")
      findings.error("Value is not a Reference Path: the context object cannot be read here", at);
    return referenceOf(path, at);
  } catch {
    if (!text.startsWith("$"))
      findings.error(
        kind === "variable"
          ? "Value is not a Reference Path: Reference path didn't start with '$'"
          : "Value must be a valid JSONPath.",
        at,
      );
    else findings.error(`Value is not a ${kind === "path" ? "valid JSONPath" : "Reference Path"}: ${text}`, at);
    return [];
  }
}

function referenceOf({ root }: Path, at: string): Reference[] {
  return /^[@$]/.test(root) ? [] : [{ name: root, at }];
}

/** Checks every field that ends in `.$`, at any depth. */
export function checkTemplate(value: unknown, at: string, findings: Findings): Reference[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => checkTemplate(item, `${at}[${index}]`, findings));
  return [...(membersOf(value) ?? [])].flatMap(([key, part]) => {
    if (!key.endsWith(".$")) return checkTemplate(part, `${at}/${key}`, findings);
    const plain = key.slice(0, -2);
    if (membersOf(value)?.has(plain) === true)
      findings.error(`There should only be one of the following fields: [${plain}, ${key}]`, at);
    const references: Reference[] = [];
    try {
      if (typeof part !== "string") throw new SyntaxError("not a text");
      if (isIntrinsic(part)) parseIntrinsic(part, (path) => references.push(...referenceOf(path, `${at}/${key}`)));
      else references.push(...referenceOf(parsePath(part), `${at}/${key}`));
    } catch {
      findings.error(
        `The value for the field '${key}' must be a valid JSONPath or a valid intrinsic function call`,
        at,
      );
    }
    return references;
  });
}
