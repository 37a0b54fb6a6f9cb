import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import { isSchema } from "../values/standard-schema.ts";
import { given } from "./given.ts";

/** @throws {LambentError} for what is no schema, or one of another version of the standard */
export function checkSchema(what: string, schema: unknown): void {
  if (schema === undefined || isSchema(schema)) return;
  throw new LambentError(`${what} must be a schema of zod, valibot, arktype or the like, not ${given(schema)}`);
}

/** @throws {LambentError} for a schema that this version cannot read, which would be taken for an input's default */
export function refuseOtherSchemas(what: string, value: unknown): void {
  if (typeof value !== "function" && !isObject(value)) return;
  const standard: unknown = Reflect.get(value, "~standard");
  if (isSchema(value)) return;
  if (isObject(standard)) {
    throw new LambentError(
      `${what} is a schema of version ${given(Reflect.get(standard, "version"))} of Standard Schema, and Lambent reads version 1`,
    );
  }
  if (typeof Reflect.get(value, "safeParse") === "function") {
    throw new LambentError(
      `${what} is a schema of a library that does not follow Standard Schema yet: zod does from 3.24, valibot from 1.0, arktype from 2.0`,
    );
  }
}
