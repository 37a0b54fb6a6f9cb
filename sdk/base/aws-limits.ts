// What AWS allows at most, each number once, with its unit in its name. Where a line names no page of its own, it is
// on the page of its service's quotas.

// Step Functions: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

/** Of the input or output of a state or an execution, as UTF-8. */
export const PAYLOAD_BYTES = 262_144;
/** Of a state machine's definition. */
export const DEFINITION_BYTES = 1_048_576;
/** Of an execution's history; at the last of them it fails. */
export const HISTORY_EVENTS = 25_000;
/** How long an EXPRESS execution may last. */
export const EXPRESS_SECONDS = 300;
/** Objects and lists within each other, in what is read with Jackson: `StreamReadConstraints.DEFAULT_MAX_DEPTH` of jackson-core */
export const JSON_LEVELS = 1000;
/** Of the name of a state machine, a state, an execution, an activity or a variable. */
export const NAME_CHARACTERS = 80;
/** Of one variable, and of all variables of an execution: dg/workflow-variables.html */
export const VARIABLE_BYTES = 262_144;
export const VARIABLES_BYTES = 10_485_760;
/** Iterations of an Inline Map at once: dg/state-map-inline.html */
export const INLINE_MAP_CONCURRENCY = 40;
/** Of a Distributed Map's `Label`: dg/state-map-distributed.html */
export const MAP_LABEL_CHARACTERS = 40;
/** Of ASL's `Error` and `Cause`: apireference/API_SendTaskFailure.html */
export const ERROR_CHARACTERS = 256;
export const CAUSE_CHARACTERS = 32_768;
/** Of what is said of a version or an alias: apireference/API_CreateStateMachineAlias.html */
export const ALIAS_DESCRIPTION_CHARACTERS = 256;
/** Of one validation: apireference/API_ValidateStateMachineDefinition.html */
export const DIAGNOSTICS = 100;
/** Of a Wait, a timeout or an interval, and of retries: dg/state-wait.html, dg/concepts-error-handling.html */
export const WAIT_SECONDS = 99_999_999;
export const RETRY_ATTEMPTS = 99_999_999;
/** Of `MaxDelaySeconds`, which must be less than 31,622,400: dg/concepts-error-handling.html */
export const RETRY_DELAY_SECONDS = 31_622_399;

// Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

/** How long an invocation may last. */
export const FUNCTION_SECONDS = 900;
export const MEMORY_MIB = { least: 128, most: 10_240 } as const;
/** Of /tmp. */
export const EPHEMERAL_STORAGE_MIB = { least: 512, most: 10_240 } as const;
/** Of a function's code, unzipped, its layers included. */
export const CODE_BYTES = 262_144_000;
/** Of what a synchronous invocation is given. */
export const REQUEST_BYTES = 6_291_456;
/** Of what an invocation of type `Event` is given. */
export const EVENT_BYTES = 1_048_576;
/** Of what an invocation returns: the number is that of Lambda's own error, `Function.ResponseSizeTooLarge`. */
export const RESPONSE_BYTES = 6_291_556;
/** Of a function's name, without its ARN: api/API_CreateFunction.html */
export const FUNCTION_NAME_CHARACTERS = 64;
/** api/API_CreateFunction.html */
export const FUNCTION_DESCRIPTION_CHARACTERS = 256;

// CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html

/** Of a template that lies in S3. */
export const TEMPLATE_BYTES = 1_048_576;
export const TEMPLATE_RESOURCES = 500;

// IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

/** Of all the policies that are part of a role, white space apart. */
export const ROLE_POLICIES_CHARACTERS = 10_240;
