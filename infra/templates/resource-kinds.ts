import type { Json, JsonObject } from "../../sdk/base/json.ts";
import type { Path } from "./template-values.ts";

/** A resource of a template. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: JsonObject;
  readonly metadata: JsonObject;
  /** The name of the one on which it is made. */
  readonly condition: Json | undefined;
  /** Of its properties, in the document. */
  readonly path: Path;
}

/** What a template's functions give of a resource of one type. `{name}`, `{region}` and `{account}` stand for theirs. */
export interface ResourceKind {
  /** The property with its name, where it has one: otherwise it is called as its logical id. */
  readonly nameProperty?: string;
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by attribute. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Named by `Ref`, with an ARN as attribute. */
function named(nameProperty: string, arn: string, attributes: Readonly<Record<string, string>> = {}): ResourceKind {
  return { nameProperty, ref: "{name}", attributes: { Arn: `arn:aws:${arn}`, ...attributes } };
}

/** Its ARN is what `Ref` gives. */
function byArn(nameProperty: string, arn: string, attributes: Readonly<Record<string, string>> = {}): ResourceKind {
  const ref = `arn:aws:${arn}`;
  return { nameProperty, ref, attributes: { Arn: ref, ...attributes } };
}

const FUNCTION = named("FunctionName", "lambda:{region}:{account}:function:{name}");
const MACHINE = "states:{region}:{account}:stateMachine:{name}";
const TABLE = named("TableName", "dynamodb:{region}:{account}:table/{name}");
const BUCKET_ARN = "s3:::{name}";
const QUEUE_URL = "https://sqs.{region}.amazonaws.com/{account}/{name}";

/** Of the types that state machines and functions refer to. A name that is not written is the logical id. */
const KINDS: Readonly<Record<string, ResourceKind>> = {
  "AWS::Athena::WorkGroup": named("Name", "athena:{region}:{account}:workgroup/{name}"),
  "AWS::Batch::JobDefinition": byArn("JobDefinitionName", "batch:{region}:{account}:job-definition/{name}:1"),
  "AWS::Batch::JobQueue": byArn("JobQueueName", "batch:{region}:{account}:job-queue/{name}", {
    JobQueueArn: "arn:aws:batch:{region}:{account}:job-queue/{name}",
  }),
  "AWS::CodeBuild::Project": named("Name", "codebuild:{region}:{account}:project/{name}"),
  "AWS::DynamoDB::GlobalTable": TABLE,
  "AWS::DynamoDB::Table": TABLE,
  "AWS::EC2::SecurityGroup": { ref: "{name}", attributes: { GroupId: "{name}" } },
  "AWS::EC2::Subnet": { ref: "{name}", attributes: { SubnetId: "{name}" } },
  "AWS::ECS::Cluster": named("ClusterName", "ecs:{region}:{account}:cluster/{name}"),
  "AWS::ECS::TaskDefinition": byArn("Family", "ecs:{region}:{account}:task-definition/{name}:1", {
    TaskDefinitionArn: "arn:aws:ecs:{region}:{account}:task-definition/{name}:1",
  }),
  "AWS::Events::EventBus": named("Name", "events:{region}:{account}:event-bus/{name}", { Name: "{name}" }),
  "AWS::Events::Connection": named("Name", "events:{region}:{account}:connection/{name}/local"),
  "AWS::Glue::Job": named("Name", "glue:{region}:{account}:job/{name}"),
  "AWS::IAM::Role": named("RoleName", "iam::{account}:role/{name}", { RoleId: "{name}" }),
  "AWS::KMS::Key": { ref: "{name}", attributes: { Arn: "arn:aws:kms:{region}:{account}:key/{name}", KeyId: "{name}" } },
  "AWS::Kinesis::Stream": named("Name", "kinesis:{region}:{account}:stream/{name}"),
  "AWS::Lambda::Function": FUNCTION,
  "AWS::Logs::LogGroup": named("LogGroupName", "logs:{region}:{account}:log-group:{name}:*"),
  "AWS::S3::Bucket": named("BucketName", BUCKET_ARN),
  "AWS::SNS::Topic": byArn("TopicName", "sns:{region}:{account}:{name}", {
    TopicArn: "arn:aws:sns:{region}:{account}:{name}",
    TopicName: "{name}",
  }),
  "AWS::SQS::Queue": {
    nameProperty: "QueueName",
    ref: QUEUE_URL,
    attributes: { Arn: "arn:aws:sqs:{region}:{account}:{name}", QueueName: "{name}", QueueUrl: QUEUE_URL },
  },
  "AWS::SSM::Parameter": named("Name", "ssm:{region}:{account}:parameter/{name}"),
  "AWS::SecretsManager::Secret": byArn("Name", "secretsmanager:{region}:{account}:secret:{name}", {
    Id: "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
  }),
  "AWS::Serverless::Function": FUNCTION,
  "AWS::Serverless::SimpleTable": TABLE,
  "AWS::Serverless::StateMachine": byArn("Name", MACHINE, { Name: "{name}" }),
  "AWS::StepFunctions::Activity": byArn("Name", "states:{region}:{account}:activity:{name}", { Name: "{name}" }),
  // Its revision is what the file has, which is no number here.
  "AWS::StepFunctions::StateMachine": byArn("StateMachineName", MACHINE, {
    Name: "{name}",
    StateMachineRevisionId: "INITIAL",
  }),
};

/** Undefined for a type of which nothing is known. */
export function kindOf(type: string): ResourceKind | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
}
