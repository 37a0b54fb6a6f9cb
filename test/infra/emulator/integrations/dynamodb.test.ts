import dynalite from "dynalite";
import { expect, it, onTestFinished } from "vitest";
import { listen, shut } from "../../../../infra/emulator/service/server.ts";
import type { JsonObject } from "../../../../sdk/base/json.ts";
import { jsonata, type Outcome, run } from "../../../support/emulator.ts";

/** A server of DynamoDB with a table `orders`, and what runs machines with it. */
async function database(): Promise<
  (states: Readonly<Record<string, JsonObject>>, input?: JsonObject) => Promise<Outcome>
> {
  const server = dynalite({ createTableMs: 0 });
  const port = await listen(server, "127.0.0.1", 0);
  onTestFinished(() => shut(server));
  function runHere(states: Readonly<Record<string, JsonObject>>, input: JsonObject = {}): Promise<Outcome> {
    return run(jsonata(states), input, {}, { endpointUrl: { dynamodb: `http://127.0.0.1:${port}` } });
  }
  const made = await runHere({
    Create: call("aws-sdk:dynamodb:createTable", {
      TableName: "orders",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      ProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 },
    }),
  });
  expect(made).toMatchObject({ status: "SUCCEEDED" });
  return runHere;
}

function call(action: string, input: JsonObject, more: JsonObject = { End: true }): JsonObject {
  return { Type: "Task", Resource: `arn:aws:states:::${action}`, Arguments: input, ...more };
}

const KEY = { TableName: "orders", Key: { id: { S: "{% $states.context.Execution.Input.id %}" } } };

it("an order is taken once, counted, read and deleted, by a server that is as strict as DynamoDB", async () => {
  const runHere = await database();
  const states = {
    Put: call(
      "dynamodb:putItem",
      {
        TableName: "orders",
        Item: { id: KEY.Key.id, taken: { N: "0" }, lines: { L: [{ M: { Sku: { S: "a" }, sku: { B: "aGVsbG8=" } } }] } },
        ConditionExpression: "attribute_not_exists(id)",
      },
      { Next: "Count", Catch: [{ ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"], Next: "Taken" }] },
    ),
    Count: call(
      "dynamodb:updateItem",
      {
        ...KEY,
        UpdateExpression: "SET taken = taken + :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
        ReturnValues: "ALL_NEW",
      },
      { Assign: { counted: "{% $states.result.Attributes.taken %}" }, Next: "Get" },
    ),
    Get: call("dynamodb:getItem", KEY, {
      Output: "{% $merge([$states.result.Item, {'counted': $counted}]) %}",
      End: true,
    }),
    Taken: { Type: "Succeed", Output: "taken before" },
  };
  expect(await runHere(states, { id: "7" })).toMatchObject({
    output: {
      id: { S: "7" },
      taken: { N: "1" },
      lines: { L: [{ M: { Sku: { S: "a" }, sku: { B: "aGVsbG8=" } } }] },
      counted: { N: "1" },
    },
  });
  expect(await runHere(states, { id: "7" })).toMatchObject({ output: "taken before" });
  const old = await runHere({ Delete: call("dynamodb:deleteItem", { ...KEY, ReturnValues: "ALL_OLD" }) }, { id: "7" });
  expect(old).toMatchObject({ output: { Attributes: { id: { S: "7" } } } });
});

it("what the server refuses is an error by AWS's name", async () => {
  const runHere = await database();
  const missing = { TableName: "none", Key: { id: { S: "1" } } };
  expect(await runHere({ T: call("dynamodb:getItem", missing) })).toMatchObject({
    error: "DynamoDB.ResourceNotFoundException",
    cause: expect.stringMatching(
      /^Requested resource not found \(Service: DynamoDb, Status Code: 400, Request ID: \w+\)$/,
    ),
  });
  // DynamoDB's model has no ValidationException, and the SDK no class for it.
  const invalid = { TableName: "orders", Key: { other: { S: "1" } } };
  expect(await runHere({ T: call("dynamodb:getItem", invalid) })).toMatchObject({
    error: "DynamoDB.AmazonDynamoDBException",
    cause: expect.stringContaining("The provided key element does not match the schema"),
  });
  expect(await runHere({ T: call("aws-sdk:dynamodb:getItem", invalid) })).toMatchObject({
    error: "DynamoDb.DynamoDbException",
  });
  expect(await runHere({ T: call("aws-sdk:dynamodb:fooBar", {}) })).toMatchObject({
    error: "DynamoDb.DynamoDbException",
  });
});
