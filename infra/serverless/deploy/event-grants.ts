import type { Json } from "../../../sdk/base/json.ts";
import { fields, list } from "../../asl/states.ts";
import type { FunctionEntry, Statement } from "./framework.ts";
import { functionArn } from "./grants.ts";
import { allow, arn } from "./iam.ts";

/**
 * The permissions that a function's `events` need of its role: Lambda reads queues, streams and brokers in its name.
 * What calls a function, such as an HTTP API or a topic, needs none, but for answers to those who are connected to a
 * WebSocket API.
 * @param name the deployed name
 */
export function eventStatements(name: string, entry: FunctionEntry): Statement[] {
  const statements = eventsOf(entry).flatMap(([type, given]) => EVENTS[type]?.(given) ?? []);
  const once = [...new Map(statements.map((one) => [JSON.stringify(one), one])).values()]; // a function may have several routes
  if (!isScheduled(entry)) return once;
  return [...once, allow(["lambda:InvokeFunction"], [arn(functionArn(name)), arn(`${functionArn(name)}:*`)])];
}

/** Whether EventBridge Scheduler starts the function, which it does by the function's own role. */
export function isScheduled(entry: FunctionEntry): boolean {
  return eventsOf(entry).some(([type, given]) => type === "schedule" && fields(given)["method"] === "scheduler");
}

/** Each event of an entry with its type. */
export function eventsOf(entry: FunctionEntry): (readonly [type: string, given: Json])[] {
  const events = list(entry["events"] as Json | undefined); // the framework has checked it
  return events.flatMap((event) =>
    Object.entries(fields(event)).map(([type, given]) => [type, given ?? null] as const),
  );
}

/** What is read from: an ARN, or a reference to one. */
function sourceOf(given: Json): Json {
  return typeof given === "string" ? given : (fields(given)["arn"] ?? given);
}

const EVENTS: Readonly<Record<string, (given: Json) => Statement[]>> = {
  sqs: (given) => [allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], [sourceOf(given)])],
  stream: streamStatements,
  kafka: kafkaStatements,
  msk: (given) => [allow(["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"], [sourceOf(given)]), NETWORK],
  activemq: brokerStatements,
  rabbitmq: brokerStatements,
  websocket: () => [
    allow(["execute-api:ManageConnections"], [arn("arn:${AWS::Partition}:execute-api:*:*:*/@connections/*")]),
  ],
};

/** To reach a broker in a VPC. These actions know no resource, or one that does not exist before. */
const NETWORK: Statement = {
  Effect: "Allow",
  Action: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
  ],
  Resource: "*",
};

function streamStatements(given: Json): Statement[] {
  const source = sourceOf(given);
  const { type, consumer, destinations } = fields(given);
  const service = type ?? (typeof source === "string" ? source.split(":")[2] : undefined);
  return [
    ...(service === "dynamodb" ? [allow(TABLE_STREAM, [source])] : kinesisStatements(source, consumer)),
    ...failureStatements(fields(destinations)["onFailure"]),
  ];
}

const TABLE_STREAM = [
  "dynamodb:GetRecords",
  "dynamodb:GetShardIterator",
  "dynamodb:DescribeStream",
  "dynamodb:ListStreams",
];

function kinesisStatements(source: Json, consumer: Json | undefined): Statement[] {
  const read = ["kinesis:GetRecords", "kinesis:GetShardIterator"];
  if (consumer === undefined || consumer === false || consumer === null) {
    return [allow([...read, "kinesis:DescribeStream", "kinesis:ListStreams"], [source])];
  }
  // The framework makes a consumer for `true`, whose ARN begins with that of the stream.
  const subscribed = consumer === true ? { "Fn::Join": ["", [source, "/consumer/*"]] } : consumer;
  return [
    allow([...read, "kinesis:DescribeStreamSummary", "kinesis:ListShards"], [source]),
    allow(["kinesis:SubscribeToShard"], [subscribed]),
  ];
}

/** Where records go that the function has failed on: a topic or, as the framework takes all else, a queue. */
function failureStatements(target: Json | undefined): Statement[] {
  if (target === undefined) return [];
  const resource = sourceOf(target);
  const type = fields(target)["type"] ?? (typeof resource === "string" ? resource.split(":")[2] : undefined);
  return [allow(type === "sns" ? ["sns:Publish"] : ["sqs:ListQueues", "sqs:SendMessage"], [resource])];
}

function kafkaStatements(given: Json): Statement[] {
  const access = Object.entries(fields(fields(given)["accessConfigurations"]));
  const inVpc = access.some(([kind]) => kind.startsWith("vpc"));
  const secrets = access.flatMap(([kind, values]) => (kind.startsWith("vpc") ? [] : list(values)));
  return [
    ...(secrets.length === 0 ? [] : [allow(["secretsmanager:GetSecretValue"], secrets)]),
    ...(inVpc ? [NETWORK] : []),
  ];
}

function brokerStatements(given: Json): Statement[] {
  return [
    allow(["secretsmanager:GetSecretValue"], [fields(given)["basicAuthArn"] ?? ""]), // the framework asks for it
    allow(["mq:DescribeBroker"], [sourceOf(given)]),
    NETWORK,
  ];
}
