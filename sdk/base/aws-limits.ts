// What AWS allows at most, each number once, with its unit in its name. Where a line names no page of its own, it is
// on the page of its service's quotas. docs/limits.md says where each is checked.

// Step Functions: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html

/** Of the input or output of a state or an execution, as UTF-8. */
export const PAYLOAD_BYTES = 262_144;
/** Of a state machine's definition. */
export const DEFINITION_BYTES = 1_048_576;
/** Of an execution's history; at the last of them it fails. */
export const HISTORY_EVENTS = 25_000;
/** How long a STANDARD execution may last. */
export const EXECUTION_DAYS = 365;
/** How long after its end an execution may be redriven. */
export const REDRIVE_DAYS = 14;
/** Of one Map Run. */
export const MAP_RUN_REDRIVES = 1000;
/** How long an EXPRESS execution may last. */
export const EXPRESS_SECONDS = 300;
/** Objects and lists within each other, in what is read with Jackson: `StreamReadConstraints.DEFAULT_MAX_DEPTH` of jackson-core */
export const JSON_LEVELS = 1000;
/** Of the name of a state machine, a state, an execution, an activity or a variable. */
export const NAME_CHARACTERS = 80;
/** Of one variable, and of all variables of an execution: dg/workflow-variables.html */
export const VARIABLE_BYTES = 262_144;
export const VARIABLES_BYTES = 10_485_760;
/** Of all the variables that one state assigns: dg/workflow-variables.html */
export const ASSIGNED_BYTES = 262_144;
/** Iterations of an Inline Map at once: dg/state-map-inline.html */
export const INLINE_MAP_CONCURRENCY = 40;
/** Of a Distributed Map's `Label`: dg/state-map-distributed.html */
export const MAP_LABEL_CHARACTERS = 40;
/** Of a Distributed Map's `MaxItems`: dg/input-output-itemreader.html */
export const MAP_ITEMS_READ = 100_000_000;
/** Of a Distributed Map's `MaxInputBytesPerBatch`: dg/input-output-itembatcher.html */
export const BATCH_INPUT_BYTES = 262_144;
/** Of `traceHeader`: apireference/API_StartExecution.html */
export const TRACE_HEADER_CHARACTERS = 256;
/** Of ASL's `Error` and `Cause`: apireference/API_SendTaskFailure.html */
export const ERROR_CHARACTERS = 256;
export const CAUSE_CHARACTERS = 32_768;
/** Of what is said of a version or an alias: apireference/API_CreateStateMachineAlias.html */
export const ALIAS_DESCRIPTION_CHARACTERS = 256;
/** Of an ARN in a request; of a Map Run's, and of a version's that is deleted: apireference/API_DescribeMapRun.html */
export const ARN_CHARACTERS = 256;
export const LONG_ARN_CHARACTERS = 2000;
/** Of `taskToken`: apireference/API_SendTaskSuccess.html */
export const TASK_TOKEN_CHARACTERS = 2048;
/** Of one page of a list, and of `nextToken`: apireference/API_ListMapRuns.html, API_ListExecutions.html */
export const PAGE_ENTRIES = 1000;
export const PAGE_TOKEN_CHARACTERS = 1024;
export const EXECUTIONS_TOKEN_CHARACTERS = 3096;
/** apireference/API_EncryptionConfiguration.html */
export const KMS_KEY_CHARACTERS = 2048;
export const KMS_REUSE_SECONDS = { least: 60, most: 900 } as const;
/** Of one validation: apireference/API_ValidateStateMachineDefinition.html */
export const DIAGNOSTICS = 100;
/** Of a Wait, a timeout or an interval, and of retries: dg/state-wait.html, dg/concepts-error-handling.html */
export const WAIT_SECONDS = 99_999_999;
export const RETRY_ATTEMPTS = 99_999_999;
/** Of `MaxDelaySeconds`, which must be less than 31,622,400: dg/concepts-error-handling.html */
export const RETRY_DELAY_SECONDS = 31_622_399;
/**
 * Requests that are answered in a second for all who ask in an account, in the regions that answer fewest; AWS raises
 * them: dg/service-quotas.html
 */
export const DESCRIBED_EXECUTIONS_PER_SECOND = 10;
export const EXECUTION_HISTORIES_PER_SECOND = 15;

// Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html

/** How long an invocation may last. */
export const FUNCTION_SECONDS = 900;
/** What one instance serves: dg/lambda-concurrency.html */
export const REPLICA_REQUESTS_PER_SECOND = 10;
/** Of an account in a region, unless AWS has raised it. */
export const ACCOUNT_CONCURRENCY = 1000;
/** Of it, what no function may reserve: dg/configuration-concurrency.html */
export const UNRESERVED_CONCURRENCY = 100;
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
/** Of all environment variables of a function, as JSON: the text that Lambda's error shows as measured. */
export const ENVIRONMENT_BYTES = 4096;
/** Of a function's layers. */
export const LAYERS = 5;
/** Of a function's VpcConfig: api/API_VpcConfig.html */
export const SUBNETS = 16;
export const SECURITY_GROUPS = 5;
/** Environment variables that Lambda sets, and refuses in a function's configuration: dg/configuration-envvars.html */
export const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  "_HANDLER",
  "_X_AMZN_TRACE_ID",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_EXECUTION_ENV",
  "AWS_LAMBDA_FUNCTION_NAME",
  "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
  "AWS_LAMBDA_FUNCTION_VERSION",
  "AWS_LAMBDA_INITIALIZATION_TYPE",
  "AWS_LAMBDA_LOG_GROUP_NAME",
  "AWS_LAMBDA_LOG_STREAM_NAME",
  "AWS_LAMBDA_MAX_CONCURRENCY",
  "AWS_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_LAMBDA_RUNTIME_API",
  "LAMBDA_TASK_ROOT",
  "LAMBDA_RUNTIME_DIR",
]);

// EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
// A schedule's input is a state machine's: PAYLOAD_BYTES.

export const SCHEDULE_EXPRESSION_CHARACTERS = 256;
export const TIMEZONE_CHARACTERS = 50;
/** Of a schedule's name, and of a group's. */
export const SCHEDULE_NAME_CHARACTERS = 64;
/** Of a page of schedules: APIReference/API_ListSchedules.html */
export const LISTED_SCHEDULES = 100;
/** The fields of cron(…), in their order: UserGuide/schedule-types.html */
export const CRON_MINUTES = { least: 0, most: 59 } as const;
export const CRON_HOURS = { least: 0, most: 23 } as const;
export const CRON_DAYS_OF_MONTH = { least: 1, most: 31 } as const;
export const CRON_MONTHS = { least: 1, most: 12 } as const;
export const CRON_DAYS_OF_WEEK = { least: 1, most: 7 } as const;
export const CRON_YEARS = { least: 1970, most: 2199 } as const;

// CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html

/** Of a template that lies in S3: the page says 1 MB, and the number is that of CloudFormation's own error. */
export const TEMPLATE_BYTES = 1_000_000;
export const TEMPLATE_RESOURCES = 500;
export const TEMPLATE_OUTPUTS = 200;
export const TEMPLATE_PARAMETERS = 200;
export const TEMPLATE_MAPPINGS = 200;
/** Of a resource's or an output's id in the template. */
export const LOGICAL_ID_CHARACTERS = 255;

// IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

/** Of all the policies that are part of a role, white space apart. */
export const ROLE_POLICIES_CHARACTERS = 10_240;
/** Of a role's name. */
export const ROLE_NAME_CHARACTERS = 64;

// Tags: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html

/** Of one resource. */
export const TAGS = 50;
export const TAG_KEY_CHARACTERS = 128;
export const TAG_VALUE_CHARACTERS = 256;

// CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html

/** Metrics of an alarm that watches what several come to. */
export const MATH_ALARM_METRICS = 10;
export const DASHBOARD_WIDGETS = 500;
/** Of all widgets together; one takes 500 of them. */
export const DASHBOARD_METRICS = 2500;

// CloudWatch Logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html

/** Of a log group's name: API_CreateLogGroup.html */
export const LOG_GROUP_NAME_CHARACTERS = 512;
/** The days that a log group may keep its events. */
export const RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

// S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html

export const BUCKET_NAME_CHARACTERS = { least: 3, most: 63 } as const;
/** Of a bucket's lifecycle: userguide/object-lifecycle-mgmt.html */
export const LIFECYCLE_RULES = 1000;
