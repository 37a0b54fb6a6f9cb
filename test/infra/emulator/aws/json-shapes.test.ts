import { expect, it } from "vitest";
import type { JsonObject } from "../../../../sdk/base/json.ts";
import { jsonService } from "../../../../infra/emulator/aws/json-service.ts";
import { fromWire, toWire } from "../../../../infra/emulator/aws/json-shapes.ts";
import { FORMER_TELLING, SDK_TELLING, sdkMember } from "../../../../infra/emulator/aws/telling.ts";

function sent(service: string, action: string, input: JsonObject): JsonObject {
  return toWire(input, jsonService(service).members(action));
}
function told(service: string, action: string, answer: JsonObject): JsonObject {
  return fromWire(answer, jsonService(service).members(action), SDK_TELLING);
}

it.each([
  ["DBInstanceIdentifier", "DbInstanceIdentifier"],
  ["AWSAccountId", "AwsAccountId"],
  ["MD5OfBody", "Md5OfBody"],
  ["ARN", "Arn"],
  ["StreamARN", "StreamARN"],
  ["ETag", "ETag"],
  ["roleArn", "RoleArn"],
  ["BOOL", "Bool"],
  ["NULL", "Nul"],
  ["S", "S"],
])("a member %s is told as the SDK for Java has it, %s", (member, name) => {
  expect(sdkMember(member)).toBe(name);
});

it("attributes of DynamoDB have the names of the SDK for Java in Tasks, in either direction", () => {
  const Item = { "an ID": { BOOL: true }, tags: { SS: ["a"] }, none: { M: { ARN: { NULL: true } } } };
  const asTold = { "an ID": { Bool: true }, tags: { Ss: ["a"] }, none: { M: { ARN: { Nul: true } } } };
  expect(told("DynamoDB", "getItem", { Item })).toEqual({ Item: asTold });
  expect(sent("DynamoDB", "putItem", { Item: asTold })).toEqual({ Item });
  expect(sent("DynamoDB", "putItem", { Item })).toEqual({ Item });
  expect(fromWire({ Item }, jsonService("DynamoDB").members("getItem"), FORMER_TELLING)).toEqual({ Item });
});

it("the same name is a map of lists of items in one action and a list of structures in another", () => {
  const item = { pk: { S: "1" } };
  expect(told("DynamoDB", "batchGetItem", { Responses: { table: [item] } })).toEqual({ Responses: { table: [item] } });
  const answers = { Responses: [{ Item: item }, {}] };
  expect(told("DynamoDB", "transactGetItems", answers)).toEqual(answers);
  const metrics = { ItemCollectionKey: item, SizeEstimateRangeGB: [0, 1] };
  expect(told("DynamoDB", "putItem", { ItemCollectionMetrics: metrics })).toEqual({ ItemCollectionMetrics: metrics });
  const each = { ItemCollectionMetrics: { table: [metrics] } };
  expect(told("DynamoDB", "batchWriteItem", each)).toEqual(each);
});

it("times are told within lists of structures, where the same name is a map elsewhere", () => {
  const Parameters = [{ Name: "a", ARN: "arn", LastModifiedDate: 1700000000.5 }];
  expect(told("SSM", "getParameters", { Parameters })).toEqual({
    Parameters: [{ Name: "a", Arn: "arn", LastModifiedDate: "2023-11-14T22:13:20.500Z" }],
  });
  expect(told("SSM", "getAutomationExecution", { AutomationExecution: { Parameters: { aKey: ["v"] } } })).toEqual({
    AutomationExecution: { Parameters: { aKey: ["v"] } },
  });
});

it("names are written as the action has them", () => {
  expect(sent("SQS", "createQueue", { QueueName: "q", Tags: { team: "a" } })).toEqual({
    QueueName: "q",
    tags: { team: "a" },
  });
  expect(sent("SQS", "tagQueue", { QueueUrl: "u", Tags: { team: "a" } })).toEqual({
    QueueUrl: "u",
    Tags: { team: "a" },
  });
  expect(sent("ECS", "runTask", { TaskDefinition: "t", Overrides: { ContainerOverrides: [{ Name: "c" }] } })).toEqual({
    taskDefinition: "t",
    overrides: { containerOverrides: [{ name: "c" }] },
  });
  const encryption = { SseSpecification: { Enabled: true, SseType: "KMS", KmsMasterKeyId: "k" } };
  expect(sent("DynamoDB", "createTable", encryption)).toEqual({
    SSESpecification: { Enabled: true, SSEType: "KMS", KMSMasterKeyId: "k" },
  });
});

it("an object is sent as JSON where a text is asked for, and as base64 of it where a blob is", () => {
  expect(sent("SSM", "putParameter", { Name: "n", Value: { a: 1 } })).toEqual({ Name: "n", Value: '{"a":1}' });
  expect(sent("EventBridge", "putRule", { Name: "r", EventPattern: { source: ["s"] } })).toEqual({
    Name: "r",
    EventPattern: '{"source":["s"]}',
  });
  expect(sent("CloudWatch Logs", "putLogEvents", { LogEvents: [{ Timestamp: 1, Message: { a: 1 } }] })).toEqual({
    logEvents: [{ timestamp: 1, message: '{"a":1}' }],
  });
  expect(sent("SQS", "sendMessage", { MessageBody: ["x", 1] })).toEqual({ MessageBody: '["x",1]' });
  expect(sent("Kinesis", "putRecords", { Records: [{ Data: { a: 1 }, PartitionKey: "p" }] })).toEqual({
    Records: [{ Data: "eyJhIjoxfQ==", PartitionKey: "p" }],
  });
});
