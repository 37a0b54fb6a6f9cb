import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import { fields, list, type Fields } from "../asl/states.ts";

// The ARN of what a call acts on, as far as its arguments name it. A name becomes an ARN of the stack's own account.

/**
 * @param service IAM's name
 * @param given what of the arguments is known when the service is deployed
 * @returns none if the arguments name nothing
 */
export function resourcesOf(service: string, action: string, given: Fields): readonly string[] {
  const found = RESOURCES[service]?.(given, action) ?? [];
  return found.every((one) => one !== undefined) ? [...new Set(found)] : [];
}

type Find = (given: Fields, action: string) => readonly (string | undefined)[];

const RESOURCES: Readonly<Record<string, Find>> = {
  athena: (given) => [named("athena", "workgroup/", given["WorkGroup"])],
  batch: ({ JobQueue, JobDefinition }, action) =>
    action === "submitJob"
      ? [named("batch", "job-queue/", JobQueue), named("batch", "job-definition/", JobDefinition)]
      : [],
  bedrock: ({ ModelId }) => {
    const id = textOf(ModelId);
    return [
      id === undefined || id.startsWith("arn:")
        ? id
        : `arn:\${AWS::Partition}:bedrock:\${AWS::Region}::foundation-model/${id}`,
    ];
  },
  codebuild: (given) => [named("codebuild", "project/", given["ProjectName"])],
  dynamodb: dynamodb,
  events: ({ Entries, EventBusName }, action) =>
    action === "putEvents"
      ? list(Entries).map((entry) => named("events", "event-bus/", fields(entry)["EventBusName"]))
      : [named("events", "event-bus/", EventBusName)],
  firehose: (given) => [named("firehose", "deliverystream/", given["DeliveryStreamName"])],
  glue: (given) => [named("glue", "job/", given["JobName"])],
  kinesis: (given) => [textOf(given["StreamARN"]) ?? named("kinesis", "stream/", given["StreamName"])],
  kms: ({ KeyId }) => [textOf(KeyId)?.includes("alias/") === true ? undefined : named("kms", "key/", KeyId)],
  lambda: ({ FunctionName, Qualifier }) => {
    const name = textOf(FunctionName);
    const arn = named("lambda", "function:", name?.replace(/^\d+:function:/, ""));
    return [arn === undefined || Qualifier === undefined ? arn : `${arn}:${String(Qualifier)}`];
  },
  logs: ({ LogGroupName }) => {
    const arn = named("logs", "log-group:", LogGroupName);
    return [arn === undefined ? undefined : `${arn}:*`];
  },
  s3: s3,
  secretsmanager: ({ SecretId }) => {
    const arn = named("secretsmanager", "secret:", SecretId);
    // A secret's ARN ends with six letters that its name has not.
    return [arn === SecretId || arn === undefined ? arn : `${arn}-??????`];
  },
  sns: ({ TopicArn, TargetArn }) => [textOf(TopicArn) ?? textOf(TargetArn)],
  sqs: ({ QueueUrl }) => {
    const [, region, account, name] =
      /^https?:\/\/sqs\.([a-z0-9-]+)\.[^/]+\/(\d{12})\/([\w.-]+)$/.exec(textOf(QueueUrl) ?? "") ?? [];
    return [name === undefined ? undefined : `arn:\${AWS::Partition}:sqs:${region}:${account}:${name}`];
  },
  ssm: ({ Name, Names }, action) =>
    /Parameter/.test(action) ? (Names === undefined ? [Name ?? null] : list(Names)).map(parameter) : [],
  states: ({ StateMachineArn, ExecutionArn, ActivityArn }) => [
    textOf(StateMachineArn) ?? textOf(ExecutionArn) ?? textOf(ActivityArn),
  ],
};

function parameter(name: Json): string | undefined {
  return named("ssm", "parameter/", textOf(name)?.replace(/^\//, ""));
}

function dynamodb(given: Fields): readonly (string | undefined)[] {
  const { TableName, IndexName, RequestItems, TransactItems } = given;
  if (isJsonObject(RequestItems ?? null)) return Object.keys(fields(RequestItems)).map(table);
  if (Array.isArray(TransactItems)) {
    return TransactItems.flatMap((item: Json) =>
      Object.values(fields(item)).map((one) => table(fields(one)["TableName"])),
    );
  }
  const arn = table(TableName);
  const index = textOf(IndexName);
  return [arn === undefined || index === undefined ? arn : `${arn}/index/${index}`];
}

function table(name: Json | undefined): string | undefined {
  return named("dynamodb", "table/", name);
}

/** Actions whose resource is a bucket, though IAM has the same form for those of objects. */
const OF_BUCKETS = /Bucket|^list|PublicAccessBlock|ObjectLockConfiguration/;

function s3({ Bucket, Key, CopySource }: Fields, action: string): readonly (string | undefined)[] {
  const bucket = textOf(Bucket);
  if (bucket === undefined) return [];
  const arn = bucket.startsWith("arn:") ? bucket : `arn:\${AWS::Partition}:s3:::${bucket}`;
  if (OF_BUCKETS.test(action) && action !== "listParts") return [arn];
  const object = `${arn}/${textOf(Key) ?? "*"}`;
  if (action !== "copyObject" && action !== "uploadPartCopy") return [object];
  const source = textOf(CopySource)
    ?.replace(/^\//, "")
    .replace(/\?versionId=.*$/, "");
  return [object, source === undefined ? undefined : `arn:\${AWS::Partition}:s3:::${source}`];
}

/** The ARN of something in the stack's own account; what is an ARN already stays as it is. */
function named(service: string, kind: string, name: Json | undefined): string | undefined {
  const text = textOf(name);
  if (text === undefined || text.startsWith("arn:")) return text;
  return `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${kind}${text}`;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
