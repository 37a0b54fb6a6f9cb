import { expect, test } from "vitest";
import { run } from "../../infra/run/local.ts";
import { awsCall, workflow } from "../../sdk/index.ts";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./13-aws-services.ts";

testExamples(chapter);

test("a graph prints a call of AWS with its action and what it is given", () => {
  expect(String(chapter.insisting.graph)).toContain(
    "describeExecution = aws aws-sdk:sfn:describeExecution {ExecutionArn: execution}",
  );
});

const ordering = workflow({ id: "a" }, function ordering({ id }) {
  const put = awsCall("dynamodb:putItem", { TableName: "orders", Item: { id: { S: id } } });
  const found = awsCall<"aws-sdk:dynamodb:query", { Items: { id: { S: string } }[] }>("aws-sdk:dynamodb:query", {
    TableName: "orders",
    ExpressionAttributeValues: { ":id": { S: id } },
  });
  return { put, first: found.Items[0]!.id.S };
});

test("a run takes handlers in the place of services", async () => {
  const given: unknown[] = [];
  const output = await run(
    ordering,
    { id: "b" },
    {
      integrations: {
        "dynamodb:putItem": async (input) => {
          given.push(input);
          return {};
        },
        "aws-sdk:dynamodb:query": async () => ({ Items: [{ id: { S: "found" } }] }),
      },
    },
  );
  expect(output).toEqual({ put: {}, first: "found" });
  expect(given).toEqual([{ TableName: "orders", Item: { id: { S: "b" } } }]);
});

test("a run in which a call goes nowhere is rejected before it begins, with what to do", async () => {
  await expect(run(ordering)).rejects.toThrow(/dynamodb:putItem.*integrations/s);
});
