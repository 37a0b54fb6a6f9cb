import {
  ALIAS_DESCRIPTION_CHARACTERS,
  ARN_CHARACTERS,
  CAUSE_CHARACTERS,
  ERROR_CHARACTERS,
  EXECUTIONS_TOKEN_CHARACTERS,
  KMS_KEY_CHARACTERS,
  KMS_REUSE_SECONDS,
  LONG_ARN_CHARACTERS,
  NAME_CHARACTERS,
  PAGE_TOKEN_CHARACTERS,
  TAG_KEY_CHARACTERS,
  TAG_VALUE_CHARACTERS,
  TASK_TOKEN_CHARACTERS,
  TRACE_HEADER_CHARACTERS,
} from "../../../sdk/base/aws-limits.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { IncludedData } from "./execution-description.ts";
import {
  between,
  each,
  flag,
  integer,
  list,
  matching,
  oneOf,
  optional,
  type Reader,
  roleArn,
  short,
  sized,
  structure,
  text,
  upTo,
} from "./request-readers.ts";

// What AWS says of the members of requests: https://docs.aws.amazon.com/step-functions/latest/apireference

export const ARN: Reader<string> = sized(1, ARN_CHARACTERS);
/** Of a version that is deleted, and of a Map Run. */
export const LONG_ARN: Reader<string> = sized(1, LONG_ARN_CHARACTERS);
export const ROLE_ARN: Reader<string> = each(ARN, roleArn);
export const NAME: Reader<string> = sized(1, NAME_CHARACTERS);
export const PAGE_TOKEN: Reader<string> = sized(1, PAGE_TOKEN_CHARACTERS);
export const EXECUTIONS_TOKEN: Reader<string> = sized(1, EXECUTIONS_TOKEN_CHARACTERS);
export const TASK_TOKEN: Reader<string> = sized(1, TASK_TOKEN_CHARACTERS);
export const TRACE_HEADER: Reader<string> = each(short(TRACE_HEADER_CHARACTERS), matching(/^\p{ASCII}*$/u));
/** How a caller says that something failed. */
export const FAILURE: Readonly<Record<"error" | "cause", Reader<string | undefined>>> = {
  error: optional(short(ERROR_CHARACTERS)),
  cause: optional(short(CAUSE_CHARACTERS)),
};
export const INCLUDED_DATA: Reader<IncludedData | undefined> = optional(oneOf("ALL_DATA", "METADATA_ONLY"));

/** Not of digits alone: the ARN of an alias would be that of a version. */
export const ALIAS_NAME: Reader<string> = each(NAME, matching(/^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]+$/));
export const DESCRIPTION: Reader<string> = short(ALIAS_DESCRIPTION_CHARACTERS);
/** Percent. */
export const WEIGHT: Reader<number> = upTo(100);

const TAG_TEXT = matching(/^[\p{L}\p{N}\p{Z}_.:/=+\-@]*$/u);
export const TAG_KEY: Reader<string> = sized(1, TAG_KEY_CHARACTERS);
/** Those that a resource is given. */
export const GIVEN_TAGS: Reader<readonly { readonly key: string; readonly value: string }[]> = list(
  structure({ key: each(TAG_KEY, TAG_TEXT, unreserved), value: each(short(TAG_VALUE_CHARACTERS), TAG_TEXT) }),
);

function unreserved(value: unknown, member: string): string {
  const key = text(value, member);
  if (!/^aws:/i.test(key)) return key;
  throw new ApiError("ValidationException", `Tag keys that begin with 'aws:' are set by AWS alone: '${key}'`);
}

export const LOGGING_LEVEL: Reader<unknown> = optional(oneOf("ALL", "ERROR", "FATAL", "OFF"));
export const LOGGING: Reader<unknown> = structure({
  level: LOGGING_LEVEL,
  includeExecutionData: optional(flag),
  destinations: optional(
    list(structure({ cloudWatchLogsLogGroup: optional(structure({ logGroupArn: optional(ARN) })) })),
  ),
});
export const TRACING: Reader<unknown> = structure({ enabled: optional(flag) });
export const ENCRYPTION: Reader<unknown> = structure({
  type: oneOf("AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"),
  kmsKeyId: optional(sized(1, KMS_KEY_CHARACTERS)),
  kmsDataKeyReusePeriodSeconds: optional(between(integer, KMS_REUSE_SECONDS.least, KMS_REUSE_SECONDS.most)),
});
