import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { alarmResources, silentAlarms } from "../../../../infra/serverless/deploy/alarms.ts";
import { SCHEMA } from "../../../../infra/serverless/deploy/config.ts";
import { dashboardResource } from "../../../../infra/serverless/deploy/dashboard.ts";
import type { Resource } from "../../../../infra/serverless/deploy/framework.ts";
import { observabilityOf } from "../../../../infra/serverless/deploy/observability-config.ts";
import type { Watched, WatchedFunction } from "../../../../infra/serverless/deploy/watched.ts";

const model: WatchedFunction = {
  name: "model",
  metricName: "${ModelLambdaFunction}",
  ids: ["ModelLambdaFunction"],
  hasReplicas: true,
  hasCaches: true,
  queues: false,
};
const near: WatchedFunction = {
  ...model,
  name: "near",
  metricName: "service-dev-near",
  ids: Array.from({ length: 12 }, (_, replica) => `NearDash${replica}LambdaFunction`),
};
const tasks: WatchedFunction = { ...model, name: "tasks", hasReplicas: false, hasCaches: false };
const queueing: WatchedFunction = { ...model, name: "queueing", queues: true };
const service: Watched = {
  service: "service-dev",
  functions: [model, near, tasks, queueing],
  machines: [{ name: "rank", id: "RankStateMachine" }],
};

function alarmsOf(given: unknown): Record<string, Resource> {
  return alarmResources(service, observabilityOf(given));
}

describe("alarms", () => {
  test("each function and each workflow has those that can ring, and what many functions do is summed up", () => {
    const names = Object.values(alarmsOf(true)).map(({ Properties }) => Properties["AlarmName"]);
    expect(names).toEqual([
      "service-dev-model-spill",
      "service-dev-model-throttles",
      "service-dev-model-loadFailures",
      "service-dev-model-memory",
      "service-dev-near-spill-0",
      "service-dev-near-spill-1",
      "service-dev-near-throttles-0",
      "service-dev-near-throttles-1",
      "service-dev-near-loadFailures",
      "service-dev-near-memory",
      "service-dev-tasks-throttles",
      "service-dev-tasks-memory",
      "service-dev-queueing-spill",
      "service-dev-queueing-loadFailures",
      "service-dev-queueing-memory",
      "service-dev-rank-failedExecutions",
    ]);
    const alarm = alarmsOf(true)["NearLambentSpillAlarm0"];
    const metrics = alarm?.Properties["Metrics"] as { MetricStat?: { Metric: unknown } }[];
    expect(metrics).toHaveLength(11); // the sum, and the ten that CloudWatch allows
    expect(metrics[1]?.MetricStat?.Metric).toEqual({
      Namespace: "AWS/Lambda",
      MetricName: "ProvisionedConcurrencySpilloverInvocations",
      Dimensions: [{ Name: "FunctionName", Value: { Ref: "NearDash0LambdaFunction" } }],
    });
  });

  test("thresholds and the topic are the author's, and what is false is left out", () => {
    const topic = { Ref: "Topic" };
    const alarms = alarmsOf({ topic, alarms: { memory: 75, spill: 10, throttles: false, failedExecutions: false } });
    expect(alarms["ModelLambentMemoryAlarm"]?.Properties).toMatchObject({
      Namespace: "Lambent",
      MetricName: "MemoryUtilization",
      Dimensions: [{ Name: "function", Value: { Ref: "ModelLambdaFunction" } }],
      Statistic: "Maximum",
      Threshold: 75,
      AlarmActions: [topic],
      OKActions: [topic],
    });
    expect(alarms["NearLambentMemoryAlarm"]?.Properties).toMatchObject({
      Dimensions: [{ Name: "function", Value: "service-dev-near" }],
    });
    expect(alarms["ModelLambentSpillAlarm"]?.Properties["Threshold"]).toBe(10);
    expect(Object.keys(alarms).filter((id) => /Throttles|Executions/.test(id))).toEqual([]);
  });

  test("the framework's check, which makes numbers of what is none, takes thresholds that are false", () => {
    const checks = new Ajv({ allErrors: true, coerceTypes: "array", verbose: true, strict: true }).compile(SCHEMA);
    const alarms = { spill: 20, memory: 80, throttles: false, loadFailures: false };
    expect(checks({ workflows: "workflows.ts", observability: { alarms } })).toBe(true);
    expect(alarms).toEqual({ spill: 20, memory: 80, throttles: false, loadFailures: false });
    expect(checks({ workflows: "workflows.ts", observability: { alarms: { spill: 0 } } })).toBe(false);
  });

  test("a threshold for what nothing of the service can ring is told, and a default is not", () => {
    const only: Watched = { ...service, functions: [queueing] };
    expect(silentAlarms(only, { alarms: { throttles: 5, spill: 2, memory: 80 } })).toEqual([
      'lambent.observability.alarms.throttles makes no alarm: of every function calls queue (whenBusy "queue"), and being refused is how they wait',
    ]);
    for (const given of [undefined, true, { alarms: true }, { alarms: { throttles: false } }])
      expect(silentAlarms(only, given)).toEqual([]);
    expect(silentAlarms(service, { alarms: { throttles: 5 } })).toEqual([]);
  });

  test("there are none where nobody asks for them, and none on metrics that nobody writes", () => {
    for (const given of [undefined, null, false, { alarms: false }]) expect(alarmsOf(given)).toEqual({});
    const without = Object.keys(alarmsOf({ metrics: false }));
    expect(without.filter((id) => /Memory|LoadFailures/.test(id))).toEqual([]);
    expect(without).toContain("ModelLambentThrottlesAlarm");
  });
});

describe("the dashboard", () => {
  interface Widget {
    readonly x: number;
    readonly y: number;
    readonly properties: { readonly title: string; readonly metrics: readonly unknown[][] };
  }

  function widgets(watched: Watched): Widget[] {
    const { "Fn::Sub": body } = dashboardResource(watched).Properties["DashboardBody"] as { "Fn::Sub": string };
    return (JSON.parse(body) as { widgets: Widget[] }).widgets;
  }

  test("has a row for each workflow and each actor, an actor with affinity among them", () => {
    const rows = widgets(service).map(({ y, properties }) => `${y / 6} ${properties.title}`);
    expect(rows).toEqual([
      "0 rank: executions",
      "0 rank: time of an execution",
      "1 model: invocations",
      "1 model: time and memory",
      "1 model: caches",
      "1 model: loads and size",
      "2 near: invocations",
      "2 near: time and memory",
      "2 near: caches",
      "2 near: loads and size",
      "3 tasks: invocations",
      "3 tasks: time and memory",
      "4 queueing: invocations",
      "4 queueing: time and memory",
      "4 queueing: caches",
      "4 queueing: loads and size",
    ]);
  });

  test("of an actor with many functions one line is what all come to", () => {
    const near = widgets(service).find(({ properties }) => properties.title === "near: invocations");
    const shown = near?.properties.metrics.filter((line) => !JSON.stringify(line).includes('"visible":false'));
    expect(shown).toEqual([
      [{ expression: 'SUM(METRICS("l0m"))', label: "invocations", id: "e0" }],
      [{ expression: 'SUM(METRICS("l1m"))', label: "errors", id: "e1" }],
      [{ expression: 'SUM(METRICS("l2m"))', label: "throttled", id: "e2" }],
      [{ expression: 'SUM(METRICS("l3m"))', label: "spilled", id: "e3" }],
    ]);
    expect(near?.properties.metrics).toHaveLength(4 + 4 * 12);
  });

  test("a service that is too large for one is refused with the remedy", () => {
    const functions = Array.from({ length: 200 }, () => model);
    expect(() => dashboardResource({ ...service, functions })).toThrow(
      /^the dashboard would have 802 graphs of 3007 metrics, CloudWatch takes 500 of 2500: say lambent.observability.dashboard: false/,
    );
  });
});

test.each<[given: unknown, message: string]>([
  ["yes", 'lambent.observability has to be true, false or a map of settings, not "yes"'],
  [[], "lambent.observability has to be true, false or a map of settings, not []"],
  [{ dashbord: true }, "lambent.observability has no setting dashbord; it has: dashboard, alarms, topic, metrics"],
  [{ dashboard: "on" }, 'lambent.observability.dashboard has to be true or false, not "on"'],
  [{ metrics: 1 }, "lambent.observability.metrics has to be true or false, not 1"],
  [{ alarms: 5 }, "lambent.observability.alarms has to be true, false or a map of thresholds, not 5"],
  [
    { alarms: { spills: 1 } },
    "lambent.observability.alarms has no setting spills; it has: spill, throttles, loadFailures, memory, failedExecutions",
  ],
  [{ alarms: { spill: 0 } }, "lambent.observability.alarms.spill has to be a number above 0, or false, not 0"],
  [
    { alarms: { throttles: "1" } },
    'lambent.observability.alarms.throttles has to be a number above 0, or false, not "1"',
  ],
  [
    { alarms: { memory: 101 } },
    "lambent.observability.alarms.memory has to be a percentage above 0, up to 100, or false, not 101",
  ],
  [
    { metrics: false, alarms: { memory: 80 } },
    "lambent.observability.alarms.memory is an alarm on the metrics of functions, and lambent.observability.metrics is false: leave one of them out",
  ],
  [
    { topic: "alarms" },
    'lambent.observability.topic has to be the ARN of an SNS topic, or a reference to one such as { Ref: Topic }, not "alarms"',
  ],
])("observability: %j is refused by its place", (given, message) => {
  expect(() => observabilityOf(given)).toThrow(message);
});
