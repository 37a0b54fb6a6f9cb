import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { runtimeError } from "../../language/state-error.ts";
import type { OwnAction } from "./own-action.ts";

/**
 * `invokeModel` reads what it sends from S3 and writes its answer there, where it is told so.
 * See https://docs.aws.amazon.com/step-functions/latest/dg/connect-bedrock.html
 */
export const BEDROCK_ACTIONS: Readonly<Record<string, OwnAction>> = {
  async invokeModel({ Input, Output, Body, ...rest }, api, call) {
    if ((Body === undefined) === (Input === undefined))
      throw runtimeError("The parameters of bedrock:invokeModel must have either Body or Input, and not both.");
    const read =
      Input === undefined ? { Body: Body ?? null } : await call("aws-sdk:s3:getObject", objectAt(Input, "Input"));
    const { Body: sent = null, ContentType = "application/json" } = isJsonObject(read) ? read : {};
    const called = await api("invokeModel", { Accept: "application/json", ContentType, ...rest, Body: sent });
    const { Body: text = "", ContentType: type = "application/json" } = called.output;
    if (Output === undefined) return { ...called, output: { Body: parsed(text, type), ContentType: type } };
    const place = objectAt(Output, "Output");
    await call("aws-sdk:s3:putObject", { ...place, Body: text, ContentType: type });
    const reference = isJsonObject(Output) ? (Output["S3Uri"] ?? null) : null;
    return { ...called, output: { Body: reference, ContentType: type } };
  },
};

function objectAt(value: Json, field: string): JsonObject {
  const uri = isJsonObject(value) ? value["S3Uri"] : undefined;
  const [, Bucket, Key] = typeof uri === "string" ? (/^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []) : [];
  if (Bucket !== undefined && Key !== undefined) return { Bucket, Key };
  throw runtimeError(
    `The ${field} of bedrock:invokeModel must have an S3Uri as s3://bucket/key: ${JSON.stringify(value)}`,
  );
}

function parsed(text: Json, type: Json): Json {
  if (typeof text !== "string" || !/[/+]json\b/.test(String(type))) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
