import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { expect, it, onTestFinished } from "vitest";
import { cloudWatchLogs } from "../../../infra/deployed/logs/cloudwatch-logs.ts";
import { emulatorLogs } from "../../../infra/deployed/logs/emulator-logs.ts";
import { linesOfExecution } from "../../../infra/deployed/logs/execution-logs.ts";
import { lambdaLine } from "../../../infra/deployed/logs/lambda-line.ts";
import { logText, type LogLine, type LogSource } from "../../../infra/deployed/logs/log-line.ts";
import { CREDENTIALS, fakeAws } from "../../support/fake-aws.ts";
import { BEGIN, HistoryWriter, receipt } from "../../support/histories.ts";

const EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:shop-prod-scoring:run";

function text(lines: readonly LogLine[]): string[] {
  return lines.map((line) => logText(line, false).replace(/^\S+ /, ""));
}

it("reads Lambda's lines of text and of JSON, and leaves out what Lambda writes itself, and metrics", () => {
  const stream = "2027/01/15/[7]8703aaaa";
  const line = lambdaLine("scoring", stream, BEGIN, "2027-01-15T08:00:00.000Z\t5b\tWARN\tlow\nmemory\n");
  expect(line).toEqual({
    at: BEGIN,
    functionName: "scoring",
    replica: "8703aaaa",
    requestId: "5b",
    level: "WARN",
    text: "low\nmemory",
  });
  const json = {
    timestamp: "…",
    level: "INFO",
    requestId: "5b",
    message: "hello",
    execution: EXECUTION,
    node: "score",
    item: 3,
  };
  expect(lambdaLine("scoring", stream, BEGIN, JSON.stringify(json))).toMatchObject({
    executionArn: EXECUTION,
    node: "score",
    item: "3",
    text: "hello",
  });
  for (const platform of [
    "START RequestId: 5b Version: 7",
    "REPORT RequestId: 5b\tDuration: 3 ms",
    '{"time":"…","type":"platform.report","record":{}}',
    '{"_aws":{"CloudWatchMetrics":[]}}',
  ])
    expect(lambdaLine("scoring", stream, BEGIN, platform)).toBeUndefined();
  expect(lambdaLine("scoring", stream, BEGIN, "plain")).toMatchObject({ text: "plain" });
});

it("reads all pages of all functions, a line that comes late too, and none twice", async () => {
  const log = [
    { eventId: "1", logStreamName: "d/[1]aa", timestamp: Date.now() - 5000, message: "one" },
    { eventId: "2", logStreamName: "d/[1]aa", timestamp: Date.now() - 3000, message: "two" },
  ];
  const url = await fakeAws(({ what, body }) => {
    expect(what).toBe("Logs_20140328.FilterLogEvents");
    const { logGroupName, nextToken } = JSON.parse(body);
    if (logGroupName === "/aws/lambda/none") return { error: "ResourceNotFoundException", status: 400 };
    return {
      body: nextToken === undefined ? { events: log.slice(0, 1), nextToken: "more" } : { events: log.slice(1) },
    };
  });
  const client = new CloudWatchLogsClient({ endpoint: url, region: "eu-west-1", credentials: CREDENTIALS });
  const source = cloudWatchLogs(client, { functions: ["scoring", "none"], from: Date.now() - 60_000 });
  onTestFinished(() => source.close());
  expect(text(await source.next())).toEqual(["[scoring aa] one", "[scoring aa] two"]);
  log.push({ eventId: "3", logStreamName: "d/[1]aa", timestamp: Date.now() - 4000, message: "late" });
  expect(text(await source.next())).toEqual(["[scoring aa] late"]);
});

it("says of lines of text which node and item has printed them, by the receipts; of tasks that failed by when", async () => {
  const writer = new HistoryWriter();
  const lines = [
    { at: BEGIN + 60, functionName: "scoring", replica: "aa", text: "scored" },
    { at: BEGIN + 60, functionName: "scoring", replica: "bb", text: "of another execution" },
    { at: BEGIN + 60, functionName: "scoring", replica: "cc", text: "its own", executionArn: EXECUTION, node: "score" },
    { at: BEGIN + 60, functionName: "scoring", replica: "cc", text: "another's", executionArn: `${EXECUTION}2` },
    { at: BEGIN + 560, functionName: "scoring", replica: "dd", text: "about to fail" },
  ];
  let given: readonly LogLine[] = lines;
  const source: LogSource = {
    every: 1,
    next: async () => given,
    close: () => undefined,
  };
  const own = linesOfExecution(source, EXECUTION, () =>
    Promise.resolve({ machine: "scoring", name: "run", arn: EXECUTION, events: writer.events }),
  );
  // Nothing has ended yet: what does not say itself whose it is waits for its receipt.
  expect(text(await own.next())).toEqual(["[score cc] its own"]);
  given = [];
  writer.task("score", 150, receipt("aa", 10, 140));
  writer.enter("Task", "rank", 500);
  writer.call({ scheduled: 500, end: 600 });
  expect(text(await own.next())).toEqual(["[score aa] scored", "[rank dd] about to fail"]);
});

it("reads what an emulator has kept, each line once, and says why one has none", async () => {
  const [json, own] = ['{"timestamp":"2026","level":"WARN","requestId":"r","message":"one"}', '{"level":"low","of":3}'];
  const all = [json, "two", own].map((said, index) => ({
    at: BEGIN,
    functionName: "f",
    replica: "8703aaaa",
    executionArn: index !== 1 ? EXECUTION : "arn:aws:states:eu-west-1:123456789012:execution:shop-prod-other:run",
    node: "score",
    item: "3.0",
    text: said,
  }));
  const url = await fakeAws(({ what, query }) => {
    expect(what).toBe("GET /console/api/logs");
    const lines = all.slice(Number(query.get("after")));
    return { body: { functions: { where: "here" }, lines, last: all.length, forgotten: 2 } };
  });
  const told: string[] = [];
  const stateMachineArn = "arn:aws:states:eu-west-1:123456789012:stateMachine:shop-prod-scoring";
  const source = emulatorLogs({ url, stateMachineArn, tell: (line) => told.push(line) });
  expect(text(await source.next())).toEqual(["[score[3][0] 8703] one", `[score[3][0] 8703] ${own}`]);
  expect(await source.next()).toEqual([]);
  expect(told).toEqual([`2 older lines are forgotten at ${url}`]);
  const elsewhere = await fakeAws(() => ({
    body: {
      functions: { where: "elsewhere", why: "its functions run at http://127.0.0.1:3002" },
      lines: [],
      last: 0,
      forgotten: 0,
    },
  }));
  const none = emulatorLogs({ url: elsewhere, tell: () => undefined });
  await expect(none.next()).rejects.toThrow("its functions run at http://127.0.0.1:3002");
  const old = emulatorLogs({ url: await fakeAws(() => ({ status: 404 })), tell: () => undefined });
  await expect(old.next()).rejects.toThrow("keeps no logs");
});
