import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../../../../sdk/base/json.ts";
import { isJsonObject } from "../../../../sdk/base/json.ts";
import { jsonpath, type Outcome, run } from "../../../support/emulator.ts";
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
      expect(await output("aws-sdk:dynamodb:getItem", key)).toEqual({ Item });

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
  },
);

function object(value: Json | undefined): JsonObject {
  if (value !== undefined && isJsonObject(value)) return value;
  throw new TypeError(`not an object: ${JSON.stringify(value)}`);
}
