import { isObject } from "../../../sdk/base/json.ts";
import type { FileInput } from "../../../sdk/authoring/file-input.ts";
import { parseProgram } from "./module-syntax.ts";

/** A call of `required` in a module. */
export interface RequiredCall {
  /** The name of the input that it declares, if it stands in an object. */
  readonly input: string | undefined;
  /** Whether its type argument is written `S3File` or `S3File<…>`, or has that within it, as `S3File<…>[]` does. */
  readonly files: FileInput;
  /** Whether it has an argument of its own. */
  readonly hasArgument: boolean;
  /** Where its last parenthesis is. */
  readonly closesAt: number;
}

/** A node of the parser's, as far as this walk reads one. */
interface SyntaxNode {
  readonly type: string;
  readonly end?: number | null;
  readonly [field: string]: unknown;
}

/** All calls of `required` with a type argument. Types are gone when a module runs; its source has them. */
export function requiredCalls(path: string, text: string): RequiredCall[] {
  const program = /\brequired\s*</.test(text) ? parseProgram(path, text) : undefined;
  const found: RequiredCall[] = [];
  function visit(node: SyntaxNode, input: string | undefined): void {
    const call = requiredCall(node, input);
    if (call !== undefined) found.push(call);
    const name = node.type === "ObjectProperty" ? nameOf(node["key"]) : undefined;
    for (const [field, child] of Object.entries(node)) {
      for (const one of [child].flat()) if (isNode(one)) visit(one, field === "value" ? name : undefined);
    }
  }
  if (program !== undefined) visit(program as unknown as SyntaxNode, undefined); // its own types list each kind of node
  return found;
}

/** The same text, with an argument where the type argument alone says that an input is a file, or has files within it. */
export function withFileArguments(path: string, text: string): string {
  return requiredCalls(path, text)
    .filter(({ hasArgument }) => !hasArgument)
    .toSorted((left, right) => right.closesAt - left.closesAt)
    .reduce((result, { closesAt, files }) => {
      const argument = files.isFile === true ? '"S3File"' : files.hasFiles === true ? '"S3File[]"' : "";
      return `${result.slice(0, closesAt)}${argument}${result.slice(closesAt)}`;
    }, text);
}

function requiredCall(node: SyntaxNode, input: string | undefined): RequiredCall | undefined {
  if (node.type !== "CallExpression" || nameOf(node["callee"]) !== "required") return undefined;
  const types = node["typeParameters"];
  const [type] = isNode(types) ? [types["params"]].flat() : [];
  if (!isNode(type) || typeof node.end !== "number") return undefined;
  return {
    input,
    files: isFileType(type) ? { isFile: true } : hasFileType(type) ? { hasFiles: true } : {},
    hasArgument: [node["arguments"]].flat().length > 0,
    closesAt: node.end - 1,
  };
}

function isFileType(type: SyntaxNode): boolean {
  return type.type === "TSTypeReference" && nameOf(type["typeName"]) === "S3File";
}

function hasFileType(type: SyntaxNode): boolean {
  return (
    isFileType(type) || Object.values(type).some((part) => [part].flat().some((one) => isNode(one) && hasFileType(one)))
  );
}

/** Of a name, or of the last part of one, as in `lambent.required`. */
function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type === "StringLiteral") return String(node["value"]);
  return nameOf(node["property"] ?? node["right"]);
}

function isNode(value: unknown): value is SyntaxNode {
  return isObject(value) && "type" in value && typeof value.type === "string";
}
