import { isObject } from "../../../sdk/base/json.ts";
import type { LogLine } from "./log-line.ts";

/** What Lambda itself writes around invocations. */
const PLATFORM = /^(?:START|END|REPORT) RequestId: |^INIT_START |^INIT_REPORT |^EXTENSION\s|^XRAY TraceId: /;

/** `2026-01-01T00:00:00.000Z\t<request>\tINFO\t…`, as Lambda's runtime for Node.js writes a line of text. */
const TEXT_LINE = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t(\S+)\t([A-Z]+)\t([\s\S]*)$/;

/**
 * A line that a function has printed, as CloudWatch has it; undefined for what Lambda writes itself, and for metrics.
 * @param stream ends with the replica's id: `2026/01/01/[1]8703…`
 */
export function lambdaLine(functionName: string, stream: string, at: number, message: string): LogLine | undefined {
  const replica = stream.slice(stream.lastIndexOf("]") + 1);
  const here = { at, functionName, replica };
  const text = message.trimEnd();
  if (PLATFORM.test(text)) return undefined;
  const json = jsonIn(text);
  if (json !== undefined) return jsonLine(here, json, text);
  const [, requestId, level, said] = TEXT_LINE.exec(text) ?? [];
  if (said === undefined) return { ...here, text };
  return { ...here, ...(requestId === "undefined" ? {} : { requestId }), level, text: said };
}

type Fields = Readonly<Record<string, unknown>>;

/** With Lambda's JSON format each line says for which execution, node and item it is. */
function jsonLine(
  here: Pick<LogLine, "at" | "functionName" | "replica">,
  json: Fields,
  text: string,
): LogLine | undefined {
  if ("_aws" in json || String(json["type"]).startsWith("platform.")) return undefined;
  const { requestId, level, execution, node, item } = json;
  if (typeof level !== "string") return { ...here, text };
  return {
    ...here,
    level,
    ...(typeof requestId === "string" ? { requestId } : {}),
    ...(typeof execution === "string" && execution !== "" ? { executionArn: execution } : {}),
    ...(typeof node === "string" ? { node } : {}),
    ...(item === undefined ? {} : { item: String(item) }),
    text: saidBy(json),
  };
}

function saidBy(json: Fields): string {
  const { message, stackTrace } = json;
  const said = typeof message === "string" ? message : JSON.stringify(message ?? json["errorMessage"] ?? json);
  return Array.isArray(stackTrace) ? `${said}\n${stackTrace.join("\n")}` : said;
}

/**
 * A line as an emulator has it, with what was said in the place of Lambda's JSON around it. What a task itself prints as
 * JSON stays as it is: it has no timestamp and request beside its level.
 */
export function emulatedLine(line: LogLine): LogLine {
  const json = jsonIn(line.text);
  if (json === undefined || typeof json["level"] !== "string" || !("timestamp" in json && "requestId" in json))
    return line;
  return { ...line, level: json["level"], text: saidBy(json) };
}

function jsonIn(text: string): Fields | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
