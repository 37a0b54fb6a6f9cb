import type { IncomingMessage } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { readAll } from "../aws/answer-body.ts";

/** What a server has answered, read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Undefined: it is no text. */
  readonly text: string | undefined;
  /** As a Task has it as its result. */
  readonly result: JsonObject;
}

/** @throws {Error} if it breaks off */
export async function readAnswer(message: IncomingMessage): Promise<HttpAnswer> {
  const bytes = await readAll(message);
  const { statusCode: status = 0, statusMessage } = message;
  const contentType = message.headers["content-type"] ?? "";
  const text = textOf(bytes);
  return {
    status,
    contentType,
    text,
    result: {
      Headers: headersOf(message.rawHeaders),
      ResponseBody: bodyOf(text ?? "", contentType),
      StatusCode: status,
      StatusText: statusMessage || (STATUS_CODES[status] ?? ""),
    },
  };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Names as the server has written them, each with all its values. */
function headersOf(raw: readonly string[]): JsonObject {
  const found = new Map<string, string[]>();
  for (let index = 0; index < raw.length; index += 2) {
    const [name = "", value = ""] = raw.slice(index, index + 2);
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return Object.fromEntries(found);
}

/** JSON, where the server says that it is some; text otherwise. */
function bodyOf(text: string, contentType: string): Json {
  if (!/^[^;]*[/+]json\s*(?:;|$)/i.test(contentType)) return text;
  try {
    const value: unknown = JSON.parse(text);
    return uncarriable(value) === undefined ? (value as Json) : text; // what JSON.parse gives is JSON
  } catch {
    return text;
  }
}
