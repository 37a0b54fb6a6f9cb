import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../../sdk/base/json.ts";
import { isJsonObject } from "../../../../sdk/base/json.ts";
import { jsonpath, type Outcome, run } from "../../../support/emulator.ts";
import { httpServer } from "../../../support/http-server.ts";
import { type Moto, motoServer, startMoto } from "../../../support/moto.ts";
import { unlessInstalled } from "../../../support/tools.ts";

describe.skipIf(motoServer === undefined)(
  `Tasks at moto's server of AWS's APIs${unlessInstalled("moto_server", motoServer)}`,
  () => {
    let moto: Moto;
    beforeAll(async () => {
      moto = await startMoto();
    }, 60_000);
    afterAll(() => moto?.stop());

    function task(resource: string, parameters: JsonObject, more: JsonObject = {}): Promise<Outcome> {
      const state = { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters: parameters, End: true };
      return run(jsonpath({ T: { ...state, ...more } }), {}, {}, { endpointUrl: moto.url });
    }

    async function output(resource: string, parameters: JsonObject): Promise<JsonObject> {
      const outcome = await task(resource, parameters);
      if (outcome.output === undefined) throw new Error(`${outcome.error}: ${outcome.cause}`);
      return object(outcome.output);
    }

    it("DynamoDB: items in and out, and its errors under the names of either integration", async () => {
      const made = await output("aws-sdk:dynamodb:createTable", {
        TableName: "songs",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        BillingMode: "PAY_PER_REQUEST",
      });
      expect(object(made["TableDescription"])["CreationDateTime"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

      // Attributes that have the names of times and of members are data.
      const Item = { id: { S: "1" }, CreationDateTime: { N: "1700000000" }, message: { BOOL: true }, M: { M: {} } };
      const put = await output("dynamodb:putItem", { TableName: "songs", Item });
      expect(put).toMatchObject({ SdkHttpMetadata: { HttpStatusCode: 200 } });
      expect(Object.keys(put)).toEqual(["SdkHttpMetadata", "SdkResponseMetadata"]);
      const key = { TableName: "songs", Key: { id: { S: "1" } } };
      expect((await output("dynamodb:getItem", key))["Item"]).toEqual(Item);
      const asTold = { ...Item, message: { Bool: true } };
      expect(await output("aws-sdk:dynamodb:getItem", key)).toEqual({ Item: asTold });
      const asked = { RequestItems: { songs: { Keys: [{ id: { S: "1" } }] } } };
      expect((await output("aws-sdk:dynamodb:batchGetItem", asked))["Responses"]).toEqual({ songs: [asTold] });
      const transaction = { TransactItems: [{ Get: key }] };
      expect((await output("aws-sdk:dynamodb:transactGetItems", transaction))["Responses"]).toEqual([{ Item: asTold }]);

      const again = { TableName: "songs", Item, ConditionExpression: "attribute_not_exists(id)" };
      expect(await task("dynamodb:putItem", again)).toMatchObject({
        error: "DynamoDB.ConditionalCheckFailedException",
        cause: expect.stringMatching(/^The conditional request failed \(Service: AmazonDynamoDBv2; Status Code: 400; /),
      });
      expect(await task("aws-sdk:dynamodb:putItem", again)).toMatchObject({
        error: "DynamoDb.ConditionalCheckFailedException",
        cause: expect.stringMatching(
          /^The conditional request failed \(Service: DynamoDb, Status Code: 400, Request ID: \w+\)$/,
        ),
      });
      const cancelled = { TransactItems: [{ Put: again }] };
      expect(await task("aws-sdk:dynamodb:transactWriteItems", cancelled)).toMatchObject({
        error: "DynamoDb.TransactionCanceledException",
        cause: expect.stringContaining("[ConditionalCheckFailed]"),
      });
      // The SDK has no class for it.
      expect(await task("aws-sdk:dynamodb:putItem", { TableName: "songs", Item: {} })).toMatchObject({
        error: "DynamoDb.DynamoDbException",
      });
    });

    it("SQS: an object is sent as its JSON text", async () => {
      const { QueueUrl = "" } = await output("aws-sdk:sqs:createQueue", { QueueName: "jobs" });
      const sent = await output("sqs:sendMessage", { QueueUrl, MessageBody: { job: 1 } });
      expect(sent).toMatchObject({ MD5OfMessageBody: expect.any(String), MessageId: expect.any(String) });
      expect(await output("aws-sdk:sqs:receiveMessage", { QueueUrl })).toMatchObject({
        Messages: [{ Body: '{"job":1}' }],
      });
      const missing = { QueueUrl: `${String(QueueUrl)}-not`, MessageBody: "x" };
      expect(await task("sqs:sendMessage", missing)).toMatchObject({ error: "SQS.QueueDoesNotExistException" });
      expect(await task("aws-sdk:sqs:sendMessage", missing)).toMatchObject({ error: "Sqs.QueueDoesNotExistException" });
    });

    it("SNS, by its client: an object is published as its JSON text, to a queue that reads it", async () => {
      const { TopicArn = "" } = await output("aws-sdk:sns:createTopic", { Name: "news" });
      const { QueueUrl = "" } = await output("aws-sdk:sqs:createQueue", { QueueName: "readers" });
      const asked = { QueueUrl, AttributeNames: ["QueueArn"] };
      const { QueueArn: Endpoint = "" } = object((await output("aws-sdk:sqs:getQueueAttributes", asked))["Attributes"]);
      const Attributes = { RawMessageDelivery: "true" };
      await output("aws-sdk:sns:subscribe", { TopicArn, Protocol: "sqs", Endpoint, Attributes });
      const sent = await output("sns:publish", { TopicArn, Message: { news: 1 } });
      expect(sent).toEqual({
        MessageId: expect.any(String),
        SdkHttpMetadata: {
          AllHttpHeaders: expect.objectContaining({ "x-amzn-RequestId": [expect.any(String)] }),
          HttpHeaders: expect.objectContaining({ "x-amzn-RequestId": expect.any(String) }),
          HttpStatusCode: 200,
        },
        SdkResponseMetadata: { RequestId: expect.any(String) },
      });
      expect(await output("aws-sdk:sqs:receiveMessage", { QueueUrl })).toMatchObject({
        Messages: [{ Body: '{"news":1}' }],
      });
      const missing = { TopicArn: `${String(TopicArn)}-not`, Message: "x" };
      expect(await task("sns:publish", missing)).toMatchObject({
        error: "SNS.NotFoundException",
        cause: expect.stringMatching(/ \(Service: AmazonSNS; Status Code: 404; Error Code: NotFoundException; /),
      });
      expect(await task("aws-sdk:sns:publish", missing)).toMatchObject({
        error: "Sns.NotFoundException",
        cause: expect.stringMatching(/ \(Service: Sns, Status Code: 404, Request ID: \w+\)$/),
      });
    });

    it("EventBridge: entries are accepted, with a detail that is an object", async () => {
      const put = { Entries: [{ Source: "s", DetailType: "d", Detail: { a: 1 }, Time: "2026-01-02T03:04:05Z" }] };
      expect(await output("events:putEvents", put)).toMatchObject({
        Entries: [{ EventId: expect.any(String) }],
        FailedEntryCount: 0,
      });
      expect(await output("aws-sdk:eventbridge:listEventBuses", {})).toMatchObject({
        EventBuses: [{ Name: "default" }],
      });
    });

    it("S3: bodies as text, tags, and errors of requests without a body", async () => {
      const at = { Bucket: "things", Key: "a.json" };
      expect(await output("aws-sdk:s3:createBucket", { Bucket: "things" })).toMatchObject({ Location: "/things" });
      expect(await output("aws-sdk:s3:putObject", { ...at, Body: { n: 1 } })).toMatchObject({
        ETag: expect.any(String),
      });
      await output("aws-sdk:s3:putObjectTagging", { ...at, Tagging: { TagSet: [{ Key: "k", Value: "v" }] } });
      expect(await output("aws-sdk:s3:getObjectTagging", at)).toEqual({ TagSet: [{ Key: "k", Value: "v" }] });
      expect(await output("aws-sdk:s3:getObject", at)).toMatchObject({
        Body: '{"n":1}',
        ContentLength: 7,
        LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      });
      // A page in the body is what was asked for.
      await output("aws-sdk:s3:putObject", { ...at, Body: "<!doctype html>" });
      expect(await output("aws-sdk:s3:getObject", at)).toMatchObject({ Body: "<!doctype html>" });
      const missing = { ...at, Key: "none" };
      expect(await task("aws-sdk:s3:getObject", missing)).toMatchObject({ error: "S3.NoSuchKeyException" });
      expect(await task("aws-sdk:s3:headObject", missing)).toMatchObject({ error: "S3.NoSuchKeyException" });
      expect(await task("aws-sdk:s3:headBucket", { Bucket: "none" })).toMatchObject({
        error: "S3.NoSuchBucketException",
      });
      await output("aws-sdk:s3:deleteObject", at);
      expect(await output("aws-sdk:s3:deleteBucket", { Bucket: "things" })).toEqual({});
    });

    it("Secrets Manager, Systems Manager: values out, times as ISO 8601, members of either case", async () => {
      await output("aws-sdk:secretsmanager:createSecret", { Name: "key", SecretString: { user: "u" } });
      expect(await output("aws-sdk:secretsmanager:getSecretValue", { SecretId: "key" })).toMatchObject({
        Arn: expect.stringContaining(":secret:key-"),
        CreatedDate: expect.stringMatching(/^\d{4}-.*Z$/),
        SecretString: '{"user":"u"}',
      });
      expect(await task("aws-sdk:secretsmanager:getSecretValue", { SecretId: "none" })).toMatchObject({
        error: "SecretsManager.ResourceNotFoundException",
      });
      await output("aws-sdk:ssm:putParameter", { Name: "/p", Value: "v", Type: "String" });
      expect(await output("aws-sdk:ssm:getParameter", { Name: "/p" })).toMatchObject({
        Parameter: { LastModifiedDate: expect.stringMatching(/Z$/), Value: "v", Version: 1 },
      });
      expect(await task("aws-sdk:ssm:getParameter", { Name: "/none" })).toMatchObject({
        error: "Ssm.ParameterNotFoundException",
      });
    });

    it("KMS, Kinesis: blobs are base64, and an object that is given for one is its JSON", async () => {
      const { KeyId = "" } = object((await output("aws-sdk:kms:createKey", {}))["KeyMetadata"]);
      const { CiphertextBlob = "" } = await output("aws-sdk:kms:encrypt", { KeyId, Plaintext: base64("secret") });
      expect(await output("aws-sdk:kms:decrypt", { CiphertextBlob })).toMatchObject({ Plaintext: base64("secret") });
      expect(await task("aws-sdk:kms:describeKey", { KeyId: "none" })).toMatchObject({
        error: "Kms.NotFoundException",
      });

      const StreamName = "clicks";
      await output("aws-sdk:kinesis:createStream", { StreamName, ShardCount: 1 });
      await output("aws-sdk:kinesis:putRecord", { StreamName, PartitionKey: "p", Data: base64("one") });
      const put = { StreamName, Records: [{ PartitionKey: "p", Data: { two: 2 } }] };
      expect(await output("aws-sdk:kinesis:putRecords", put)).toMatchObject({ FailedRecordCount: 0 });
      const from = { StreamName, ShardId: "shardId-000000000000", ShardIteratorType: "TRIM_HORIZON" };
      const { ShardIterator = "" } = await output("aws-sdk:kinesis:getShardIterator", from);
      expect(await output("aws-sdk:kinesis:getRecords", { ShardIterator })).toMatchObject({
        Records: [
          { ApproximateArrivalTimestamp: expect.stringMatching(/Z$/), Data: base64("one") },
          { Data: base64('{"two":2}') },
        ],
      });
    });

    it("CloudWatch Logs, ECS, which have their members in lower case: keys of maps stay as they are", async () => {
      const logGroup = { LogGroupName: "app", Tags: { Team: "x", own: "y" } };
      await output("aws-sdk:cloudwatchlogs:createLogGroup", logGroup);
      expect(await output("aws-sdk:cloudwatchlogs:listTagsLogGroup", { LogGroupName: "app" })).toEqual({
        Tags: { Team: "x", own: "y" },
      });
      expect(await output("aws-sdk:cloudwatchlogs:describeLogGroups", {})).toMatchObject({
        LogGroups: [{ CreationTime: expect.any(Number), LogGroupName: "app" }],
      });
      expect(await task("aws-sdk:cloudwatchlogs:createLogGroup", logGroup)).toMatchObject({
        error: "CloudWatchLogs.ResourceAlreadyExistsException",
      });
      const made = await output("aws-sdk:ecs:registerTaskDefinition", {
        Family: "f",
        ContainerDefinitions: [{ Name: "c", Image: "i", Memory: 128, DockerLabels: { Label: "l", own: "m" } }],
      });
      expect(made).toMatchObject({
        TaskDefinition: {
          ContainerDefinitions: [{ DockerLabels: { Label: "l", own: "m" }, Name: "c" }],
          Family: "f",
        },
      });
      expect(await task("ecs:runTask", { Cluster: "none", TaskDefinition: "f" })).toMatchObject({
        error: "ECS.ClusterNotFoundException",
      });
    });

    it("STS, IAM, Lambda and API Gateway, by their clients", async () => {
      expect(await output("aws-sdk:sts:getCallerIdentity", {})).toMatchObject({ Account: "123456789012" });
      const AssumeRolePolicyDocument = { Version: "2012-10-17", Statement: [] };
      await output("aws-sdk:iam:createRole", { RoleName: "r", AssumeRolePolicyDocument });
      expect(await task("aws-sdk:iam:getRole", { RoleName: "none" })).toMatchObject({
        error: "Iam.NoSuchEntityException",
      });
      expect(await output("aws-sdk:lambda:listFunctions", {})).toEqual({ Functions: [] });
      expect(await task("aws-sdk:lambda:getFunction", { FunctionName: "none" })).toMatchObject({
        error: "Lambda.ResourceNotFoundException",
      });
      const made = await output("aws-sdk:apigateway:createRestApi", { Name: "api", Tags: { Team: "x" } });
      expect(made).toMatchObject({ Id: expect.any(String), Name: "api", Tags: { Team: "x" } });
      expect(await output("aws-sdk:apigateway:deleteRestApi", { RestApiId: made["Id"] ?? "" })).toEqual({});
    });

    it("EventBridge, Secrets Manager: connections of Tasks with http:invoke", async () => {
      const invocation = { HeaderParameters: [{ Key: "X-Added", Value: "by the connection" }] };
      const basic = { Username: "user", Password: "s3cret" };
      const { ConnectionArn = "" } = await output("aws-sdk:eventbridge:createConnection", {
        Name: "shop",
        AuthorizationType: "BASIC",
        AuthParameters: { BasicAuthParameters: basic, InvocationHttpParameters: invocation },
      });
      const server = await httpServer(() => ({ body: "ok" }));
      const asked = { ApiEndpoint: server.url, Method: "GET", Authentication: { ConnectionArn } };
      expect(await output("http:invoke", asked)).toMatchObject({ ResponseBody: "ok", StatusCode: 200 });
      await server.close();
      expect(server.seen[0]?.headers).toMatchObject({
        authorization: `Basic ${base64("user:s3cret")}`,
        "x-added": "by the connection",
      });
    });

    it("Glue, Athena, CodeBuild, SageMaker: jobs that are waited for", async () => {
      await output("aws-sdk:glue:createJob", { Name: "etl", Role: "r", Command: { Name: "glueetl" } });
      expect(await output("glue:startJobRun.sync", { JobName: "etl" })).toMatchObject({
        JobName: "etl",
        JobRunState: "SUCCEEDED",
        StartedOn: expect.any(Number),
      });
      const query = { QueryString: "SELECT 1", ResultConfiguration: { OutputLocation: "s3://results/" } };
      expect(await output("athena:startQueryExecution.sync", query)).toMatchObject({
        QueryExecution: { Query: "SELECT 1", Status: { State: "SUCCEEDED" } },
      });
      await output("aws-sdk:codebuild:createProject", {
        Name: "project",
        Source: { Type: "S3", Location: "bucket/key" },
        Artifacts: { Type: "NO_ARTIFACTS" },
        Environment: { Type: "LINUX_CONTAINER", Image: "i", ComputeType: "BUILD_GENERAL1_SMALL" },
        ServiceRole: "arn:aws:iam::123456789012:role/service-role/builder",
      });
      expect(await output("codebuild:startBuild.sync", { ProjectName: "project" })).toMatchObject({
        Build: { BuildStatus: "SUCCEEDED", ProjectName: "project" },
      });
      const resources = { InstanceCount: 1, InstanceType: "ml.m4.xlarge", VolumeSizeInGB: 1 };
      const training = {
        TrainingJobName: "training",
        AlgorithmSpecification: { TrainingImage: "i", TrainingInputMode: "File" },
        RoleArn: "arn:aws:iam::123456789012:role/trainer",
        OutputDataConfig: { S3OutputPath: "s3://models" },
        ResourceConfig: resources,
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
      };
      expect(await output("sagemaker:createTrainingJob.sync", training)).toMatchObject({
        TrainingJobName: "training",
        TrainingJobStatus: "Completed",
      });
    });

    it("EMR: one cluster and one step where the API has lists, until they have come up or ended", async () => {
      const made = await output("elasticmapreduce:createCluster.sync", {
        Name: "cluster",
        ReleaseLabel: "emr-5.28.0",
        JobFlowRole: "EMR_EC2_DefaultRole",
        ServiceRole: "EMR_DefaultRole",
        Instances: {
          KeepJobFlowAliveWhenNoSteps: true,
          InstanceGroups: [
            { Name: "main", InstanceRole: "MASTER", InstanceType: "m4.large", InstanceCount: 1 },
            { Name: "core", InstanceRole: "CORE", InstanceType: "m4.large", InstanceCount: 1 },
          ],
        },
      });
      expect(made).toMatchObject({ Cluster: { Name: "cluster", Status: { State: "WAITING" } } });
      const { ClusterId = "" } = made;
      const locked = { ClusterId, TerminationProtected: false };
      expect(await output("elasticmapreduce:setClusterTerminationProtection", locked)).toMatchObject({
        SdkHttpMetadata: { HttpStatusCode: 200 },
      });
      const more = { ClusterId, InstanceGroupName: "core", InstanceGroup: { InstanceCount: 2 } };
      await output("elasticmapreduce:modifyInstanceGroupByName", more);
      expect(await output("aws-sdk:emr:listInstanceGroups", { ClusterId })).toMatchObject({
        InstanceGroups: expect.arrayContaining([expect.objectContaining({ Name: "core", RequestedInstanceCount: 2 })]),
      });
      expect(
        await task("elasticmapreduce:modifyInstanceGroupByName", { ...more, InstanceGroupName: "none" }),
      ).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining("with the name none") });
      const Step = { Name: "step", HadoopJarStep: { Jar: "j" }, ActionOnFailure: "CONTINUE" };
      expect(await output("elasticmapreduce:addStep", { ClusterId, Step })).toMatchObject({
        StepId: expect.stringMatching(/^s-/),
      });
      expect(await output("elasticmapreduce:terminateCluster.sync", { ClusterId })).toMatchObject({
        Cluster: { Status: { State: "TERMINATED" } },
        ClusterId,
      });
      expect(await task("elasticmapreduce:addStep", { ClusterId: "j-none", Step })).toMatchObject({
        error: expect.stringMatching(/^ElasticMapReduce\./),
      });
    });

    it("Batch, EKS, EMR Serverless, by their clients: until they have come up or ended", async () => {
      const cluster = {
        RoleArn: "arn:aws:iam::123456789012:role/r",
        ResourcesVpcConfig: { SubnetIds: ["s-1", "s-2"] },
      };
      expect(await output("eks:createCluster.sync", { ...cluster, Name: "k" })).toMatchObject({
        Cluster: { CreatedAt: expect.any(Number), Name: "k", Status: "ACTIVE" },
      });
      expect(await output("eks:deleteCluster.sync", { Name: "k" })).toMatchObject({ Cluster: { Name: "k" } });
      expect(await task("eks:deleteCluster.sync", { Name: "k" })).toMatchObject({
        error: "EKS.ResourceNotFoundException",
      });
      const app = { ReleaseLabel: "emr-6.6.0", Type: "SPARK", Name: "app" };
      const { ApplicationId = "" } = await output("emr-serverless:createApplication.sync", app);
      expect(await output("emr-serverless:stopApplication.sync", { ApplicationId })).toMatchObject({
        State: "STOPPED",
      });
      expect(await output("emr-serverless:deleteApplication", { ApplicationId })).toMatchObject({ ApplicationId });
      const missing = { JobName: "job", JobQueue: "none", JobDefinition: "none" };
      // Without Docker moto runs no job, and says that each has succeeded.
      const body = JSON.stringify({ batch: { use_docker: false } });
      await fetch(`${moto.url}/moto-api/config`, { method: "POST", body });
      const AssumeRolePolicyDocument = { Version: "2012-10-17", Statement: [] };
      const { Role } = await output("aws-sdk:iam:createRole", { RoleName: "batch", AssumeRolePolicyDocument });
      const environment = {
        ComputeEnvironmentName: "compute",
        Type: "UNMANAGED",
        ServiceRole: object(Role)["Arn"] ?? "",
      };
      await output("aws-sdk:batch:createComputeEnvironment", environment);
      const ComputeEnvironmentOrder = [{ Order: 1, ComputeEnvironment: "compute" }];
      const queue = { JobQueueName: "queue", State: "ENABLED", Priority: 1, ComputeEnvironmentOrder };
      await output("aws-sdk:batch:createJobQueue", queue);
      const ContainerProperties = { Image: "busybox", Vcpus: 1, Memory: 128, Command: ["true"] };
      const definition = { JobDefinitionName: "definition", Type: "container", ContainerProperties };
      await output("aws-sdk:batch:registerJobDefinition", definition);
      const job = { JobName: "job", JobQueue: "queue", JobDefinition: "definition" };
      expect(await output("batch:submitJob.sync", job)).toMatchObject({
        JobName: "job",
        Status: "SUCCEEDED",
        Container: {
          Environment: expect.arrayContaining([{ Name: "MANAGED_BY_AWS", Value: "STARTED_BY_STEP_FUNCTIONS" }]),
        },
      });
      expect(await task("batch:submitJob.sync", missing)).toMatchObject({
        error: "Batch.ClientException",
        cause: expect.stringContaining("(Service: AWSBatch; Status Code: 4"),
      });
    });

    it("a member that the action has not is told with those that it has", async () => {
      expect(await task("aws-sdk:sts:getCallerIdentity", { Name: "x" })).toMatchObject({
        error: "States.Runtime",
        cause: expect.stringContaining("The field 'Name' is not one of the action: it takes none."),
      });
    });
  },
);

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function object(value: Json | undefined): JsonObject {
  if (value !== undefined && isJsonObject(value)) return value;
  throw new TypeError(`not an object: ${JSON.stringify(value)}`);
}
