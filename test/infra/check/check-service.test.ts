import { expect, test } from "vitest";
import { ActorEnvironment, awsCall, mapTask, task, workflow, type Workflow } from "lambent";
import { findingsText } from "../../../infra/check/print-findings.ts";
import { limitsReport, type LimitsOptions, packageWarnings } from "../../../infra/serverless/deploy/limits-report.ts";
import type { DeployedService } from "../../../infra/serverless/deploy/service-facts.ts";
import type { ActorDefinition } from "../../../sdk/authoring/definition.ts";
import { graded, type Finding } from "../../../infra/check/finding.ts";

const math = { name: "math", replicaCount: 2, whenBusy: "queue" as const };
const actor = new ActorEnvironment(math);
const double = actor.task(async function double({ n }: { n: number }) {
  return n * 2;
});
const plain = task(async function plain({ n }: { n: number }) {
  return n;
});

function serviceOf(
  flows: readonly Workflow<never, unknown>[],
  actors: readonly ActorDefinition[] = [math],
): DeployedService {
  const described = { tasks: [], exports: [] };
  return {
    service: "s",
    stage: "dev",
    region: "eu-west-1",
    config: {},
    functions: {},
    provider: {},
    description: {
      functions: [...actors.map((one) => ({ ...described, actor: one })), described],
      workflows: flows.map(({ graph }) => graph),
    },
  };
}

function findingsOf(flow: Workflow<never, unknown>, options: LimitsOptions = {}): readonly Finding[] {
  return limitsReport(serviceOf([flow]), options).workflows[0]?.findings ?? [];
}

function of(findings: readonly Finding[], subject: string): Pick<Finding, "grade" | "node" | "number" | "limit">[] {
  return findings
    .filter((finding) => finding.subject === subject)
    .map(({ grade, node, number, limit }) => ({
      grade,
      number,
      ...(node === undefined ? {} : { node }),
      ...(limit === undefined ? {} : { limit }),
    }));
}

const doubled = workflow({ values: [1] }, function doubled({ values }) {
  return mapTask(double)({ n: values });
});

test("a map's events, transitions, requests and outputs are counted for its items", () => {
  const findings = findingsOf(doubled, { items: 1000 });
  // 2 of the execution, 2 of each of Inputs, doubleSize and Output, 4 of the Map, and 7 of an item.
  expect(of(findings, "history events")).toEqual([{ grade: "fact", number: 12 + 7000, limit: 25_000 }]);
  expect(of(findings, "transitions")).toEqual([{ grade: "fact", number: 4 + 1000 }]);
  // 1,000 requests of 20 a second.
  expect(of(findings, "request rate")).toEqual([{ grade: "warning", node: "double", number: 50 }]);
  // 245,760 bytes for all, less 16 of each.
  expect(of(findings, "payload")).toEqual([{ grade: "fact", node: "double", number: 245 - 16 }]);
  expect(of(findings, "spill")).toEqual([{ grade: "fact", node: "double", number: 2, limit: 2 }]);
  expect(findings.find(({ subject }) => subject === "history events")?.says).toBe(
    "7,012 of 25,000; 7 for each of 1,000 items of double; double may be inline up to 1,437 items",
  );
});

test("beyond what a workflow's own execution has room for, a map's child executions are counted", () => {
  const findings = findingsOf(doubled, { items: 100_000 });
  // Pieces of 1,000 items, one after the other: 7 of each item, and 15 of the piece.
  expect(of(findings, "child executions")).toEqual([{ grade: "fact", node: "double", number: 100 }]);
  expect(of(findings, "history events").map(({ node, number }) => [node, number])).toEqual([
    [undefined, 30],
    ["doubleDistributed", 7015],
  ]);
  expect(of(findings, "request rate")).toEqual([{ grade: "warning", node: "double", number: 5000 }]);
});

const inline = workflow({ values: [1] }, function inline({ values }) {
  return mapTask(double, { mode: "inline" })({ n: values });
});

test("what is over a limit is an error with its node and its remedy, what is near it a warning", () => {
  const [over] = findingsOf(inline, { items: 5000 });
  expect(over).toMatchObject({ grade: "error", subject: "items", node: "double", number: 5000 });
  expect(over?.remedy).toBe('leave mode out, or say "distributed"');
  expect([79, 80, 100, 101].map((number) => graded(number, 100))).toEqual(["fact", "warning", "warning", "error"]);
});

test("a map of a workflow is counted in the workflow's own execution, and in child executions where it is long", () => {
  const inner = workflow({ value: 1 }, function inner({ value }) {
    return double({ n: double({ n: value }) });
  });
  const many = workflow({ values: [1] }, function many({ values }) {
    return mapTask(inner)({ value: values });
  });
  function numbersOf(items: number): unknown[] {
    const findings = findingsOf(many, { items });
    return [...of(findings, "history events"), ...of(findings, "transitions")].map(({ node, number }) => [
      node,
      number,
    ]);
  }
  const [own, transitions] = numbersOf(100) as [[undefined, number], [undefined, number]];
  // Of an item 2, 2 of its inputs and of its output, and 5 of each task.
  expect(own[1]).toBeGreaterThan(100 * 12);
  expect(transitions[1]).toBeGreaterThan(100 * 2);
  const children = numbersOf(10_000);
  expect(children.map((one) => (one as [string])[0])).toEqual([undefined, "innerDistributed", undefined]);
  expect((children[2] as [string, number])[1]).toBeGreaterThan(10_000 * 4);
});

test("what is only assumed of a list is no error", () => {
  const unknown = workflow({ n: 1 }, function unknown({ n }) {
    return mapTask(double, { mode: "inline" })({ n: listed({ n }) });
  });
  expect(findingsOf(unknown).filter(({ grade }) => grade !== "fact")).toEqual([]);
  expect(findingsOf(unknown, { items: 40_000 }).map(({ grade }) => grade)).toContain("error");
});
const listed = task(async function listed({ n }: { n: number }) {
  return [n];
});

test("what auto chooses is told, and a batch that need not fit its function's time", () => {
  const auto = workflow({ values: [1] }, function auto({ values }) {
    return mapTask(double.withOverrides({ timeout: 100 }), { batch: "auto" })({ n: values });
  });
  const fixed = workflow({ values: [1] }, function fixed({ values }) {
    return mapTask(double.withOverrides({ timeout: 100 }), { batch: 50, concurrentItems: 5 })({ n: values });
  });
  function batchesOf(flow: Workflow<never, unknown>, items: number): Finding | undefined {
    return findingsOf(flow, { items }).find(({ subject }) => subject === "batches");
  }
  // 899 s have room for 8 items of 100 s.
  expect(batchesOf(auto, 1000)).toMatchObject({
    grade: "fact",
    number: 8,
    says: "auto: 8 items per batch, 125 batches of 1,000 items, 63 per replica",
  });
  expect(batchesOf(auto, 6)?.says).toBe("auto: 3 items per batch, 2 batches of 6 items, 1 per replica");
  // 10 times five side by side.
  expect(batchesOf(fixed, 100)).toMatchObject({ grade: "warning", number: 1000, limit: 900 });
});

test("a map in child executions is told in the batches that it will have there", () => {
  const auto = workflow({ values: [1] }, function auto({ values }) {
    return mapTask(double, { batch: "auto", mode: "distributed" })({ n: values });
  });
  const findings = findingsOf(auto, { items: 4800 });
  expect(findings.find(({ subject }) => subject === "batches")?.says).toMatch(/^auto: 100 items per batch, 48 batches/);
  expect(findings.find(({ subject }) => subject === "child executions")?.says).toContain("in batches of 100;");
  const fixed = workflow({ values: [1] }, function fixed({ values }) {
    return mapTask(double.withOverrides({ timeout: 100 }), { batch: 60 })({ n: values });
  });
  expect(findingsOf(fixed, { items: 100 }).find(({ subject }) => subject === "batches")?.remedy).toBe(
    "what has no time left is sent again in a next round: write batch: 9, or less",
  );
});

test("events are whole, and those of a child execution are of the largest piece", () => {
  const pieces = workflow({ values: [1] }, function pieces({ values }) {
    return mapTask(double, { mode: "distributed", concurrency: 2 })({ n: values });
  });
  const numbers = of(findingsOf(pieces, { items: 1001 }), "history events").map(({ number }) => number);
  expect(numbers.map((number) => number % 1)).toEqual([0, 0]);
});

test("a long list that the caller gets as it is fits or not by the size of an output", () => {
  const returned = workflow({ values: [1] }, function returned({ values }) {
    return mapTask(double)({ n: values });
  });
  function payload(items: number): Finding | undefined {
    return findingsOf(returned, { items }).find(({ subject, node }) => subject === "payload" && node === "double");
  }
  expect(payload(50_000)).toMatchObject({ grade: "warning", number: 4, limit: 16 });
  expect(payload(50_000)?.says).toBe(
    "the caller of workflow returned reads its list of 50,000 outputs, which fits into 245,760 bytes if an output has 4 bytes on average, with the comma after it",
  );
  expect(payload(200_000)).toMatchObject({ grade: "error", number: 1 });
  expect(payload(5000)).toMatchObject({ grade: "fact", number: 49 });
  const handed = workflow({ values: [1] }, function handed({ values }) {
    return total({ all: mapTask(double)({ n: values }) });
  });
  expect(of(findingsOf(handed, { items: 200_000 }), "payload").map(({ grade }) => grade)).not.toContain("error");
});
const total = task(async function total({ all }: { all: number[] }) {
  return all.length;
});

test("a run of more than a million transitions is a warning, unless they are only assumed or not billed", () => {
  const inner = workflow({ row: [1] }, function inner({ row }) {
    return mapTask(double)({ n: row });
  });
  const rows = workflow({ table: [[1]] }, function rows({ table }) {
    return mapTask(inner)({ row: table });
  });
  const found = findingsOf(rows, { items: 2000 }).find(({ subject }) => subject === "transitions");
  expect(found).toMatchObject({ grade: "warning", limit: 1_000_000 });
  expect(found?.remedy).toContain("npx lambent cost tells what a run costs");
  expect(of(findingsOf(rows, { items: 100 }), "transitions")).toMatchObject([{ grade: "fact" }]);
});

const near: ActorDefinition = { name: "near", replicaCount: 4, whenBusy: "spill", affinity: true, memorySize: 1024 };
const score = new ActorEnvironment(near).task(
  async function score({ n }: { n: number }) {
    return n;
  },
  { affinityKey: ({ n }) => n },
);
const scored = workflow({ values: [1] }, function scored({ values }) {
  return [mapTask(score, { batch: 10 })({ n: values }), score({ n: 1 })];
});

test("with affinity each replica is a function, and calls are those of all of them", () => {
  const report = limitsReport(serviceOf([scored], [near]), { items: 400 });
  expect(of(report.service, "functions")).toEqual([{ grade: "fact", number: 5 }]);
  expect(of(report.service, "account concurrency")).toMatchObject([{ number: 4 }]);
  expect(report.service.find(({ subject }) => subject === "functions")?.says).toContain("s-dev-near-0");
  const findings = report.workflows[0]?.findings ?? [];
  // Four lanes beside one call: one line for the actor.
  expect(of(findings, "spill")).toEqual([{ grade: "warning", node: "Parallel", number: 5, limit: 4 }]);
  expect(findings.find(({ subject }) => subject === "history events")?.says).toContain(
    "43 batches of 400 items of score on 4 replicas",
  );
  expect(findings.find(({ subject }) => subject === "history events")?.says).toMatch(/^at most /);
  expect(findings.find(({ subject }) => subject === "batches")?.says).toBe(
    "10: 10 items per batch, at most 43 batches of 400 items, 11 per replica",
  );
});

const cold: ActorDefinition = { name: "math", replicaCount: 2, whenBusy: "queue", ttlSeconds: 300 };
const express = workflow({ n: 1 }, (inputs) => double(inputs), { name: "express", type: "EXPRESS" });

test.each<[string, DeployedService, string]>([
  [
    "a workflow of type EXPRESS that waits for replicas",
    serviceOf([express], [cold]),
    "workflow express is of type EXPRESS, which ends after 300 s, and it would wait minutes for the replicas of actor math",
  ],
  [
    "provisioned concurrency beside ttlSeconds",
    { ...serviceOf([doubled], [cold]), functions: { math: { provisionedConcurrency: 3 } } },
    "functions.math.provisionedConcurrency is 3, and actor math has ttlSeconds",
  ],
  [
    "names of what takes replicas back",
    { ...serviceOf([doubled], [cold]), service: "s".repeat(54) },
    ", which an actor with ttlSeconds needs, has ",
  ],
  [
    "several instances of a replica with affinity",
    { ...serviceOf([scored], [near]), functions: { "near-2": { provisionedConcurrency: 2 } } },
    "functions.near.provisionedConcurrency is 2, and actor near has affinity",
  ],
  [
    "events of all replicas with affinity",
    { ...serviceOf([scored], [near]), functions: { near: { events: [{ sqs: "arn" }] } } },
    "functions.near.events would be those of each of its replicas",
  ],
  [
    "less reserved than both versions take",
    { ...serviceOf([doubled]), functions: { math: { reservedConcurrency: 3 } } },
    "functions.math.reservedConcurrency is 3: make it 4 or more",
  ],
])("what is refused when packaging is an error of lambent check too: %s", (_, service, message) => {
  const report = limitsReport(service);
  const all = [...report.service, ...report.workflows.flatMap(({ findings }) => findings)];
  const refused = all.filter(({ subject }) => subject === "refused").map(({ grade, says }) => `${grade} ${says}`);
  expect(refused).toContainEqual(expect.stringContaining(message));
  expect(() => packageWarnings(report)).toThrow(message);
});

test("an EXPRESS workflow that begins without waiting for its replicas is not refused", () => {
  const report = limitsReport(serviceOf([express], [{ ...cold, warmStart: false }]));
  expect(report.workflows[0]?.findings.filter(({ grade }) => grade === "error")).toEqual([]);
});

test("an account with less than what stays unreserved has nothing to reserve", () => {
  const [finding] = limitsReport(serviceOf([doubled]), { accountConcurrency: 50 }).service;
  expect(finding).toMatchObject({ grade: "error", subject: "account concurrency", number: 4, limit: 0 });
  expect(finding?.says).toContain("An account has 50 in a region, of which 50 stay unreserved");
});

test("calls that find no idle replica are told, with what becomes of them", () => {
  const wide = workflow({ values: [1] }, function wide({ values }) {
    return mapTask(double, { concurrency: 5 })({ n: values });
  });
  const warning = findingsOf(wide, { items: 10 }).find(({ subject }) => subject === "spill");
  expect(warning).toMatchObject({ grade: "warning", node: "double", number: 5, limit: 2 });
  // Twice as many are reserved as there are replicas.
  expect(warning?.says).toBe(
    "5 calls of math at once at most, on 2 replicas: 2 on cold on-demand instances, 1 throttled and tried again",
  );
  const sides = workflow({ n: 1 }, function sides({ n }) {
    return [double({ n }), double({ n }), double({ n }), plain({ n })];
  });
  expect(of(findingsOf(sides), "spill")).toEqual([{ grade: "warning", node: "Parallel", number: 3, limit: 2 }]);
});

test("large definitions, literals and lists are near their limits or over them", () => {
  const text = "x".repeat(220_000);
  const literal = workflow({ n: 1 }, function literal({ n }) {
    return mapTask(listedText)({ text: [text, "y"], n: [n, n] });
  });
  const found = findingsOf(literal);
  expect(of(found, "payload").filter(({ grade }) => grade !== "fact")).toEqual([
    { grade: "warning", node: "listedText", number: 220_008, limit: 262_144 },
  ]);
  const huge = workflow({ n: 1 }, function huge({ n }) {
    return [text, text, text, text, text].map((one) => listedText({ text: one, n }));
  });
  const divided = findingsOf(huge);
  expect(divided.find(({ subject }) => subject === "definition")?.says).toMatch(/in the largest of 2 state machines$/);
  const events = divided.filter(({ subject }) => subject === "history events").map(({ says }) => says);
  expect(events).toEqual(["25 of 25,000", "30 of 25,000 in part 1"]);
  expect(divided.find(({ subject }) => subject === "transitions")?.number).toBe(14);
  const express = workflow(
    { n: 1 },
    function express({ n }) {
      return [text, text, text, text, text].map((one) => listedText({ text: one, n }));
    },
    { type: "EXPRESS" },
  );
  expect(findingsOf(express)).toMatchObject([{ grade: "error", subject: "refused" }]);
  expect(findingsOf(express)[0]?.says).toContain("its definition has");
  const values = Array.from({ length: 30_000 }, () => 123_456_789);
  expect(of(findingsOf(doubled, { input: { values } }), "payload")).toContainEqual({
    grade: "error",
    node: "double",
    number: 300_001,
    limit: 262_144,
  });
});
const listedText = task(async function listedText({ text }: { text: string; n: number }) {
  return text.length;
});

test("functions take of the account's concurrency, and workflows share replicas", () => {
  const spilling: ActorDefinition = { name: "spilling", replicaCount: 100, whenBusy: "spill" };
  const queueing: ActorDefinition = { name: "queueing", replicaCount: 400, whenBusy: "queue" };
  const again = workflow({ n: 1 }, function again({ n }) {
    return double({ n });
  });
  const service = serviceOf([doubled, again], [math, spilling, queueing]);
  const { service: found } = limitsReport(service);
  // 4 and 800 are reserved, 100 provisioned of what is left.
  expect(of(found, "account concurrency")).toEqual([{ grade: "error", number: 904, limit: 900 }]);
  expect(of(found, "deployment")).toEqual([{ grade: "warning", number: 1004, limit: 900 }]);
  expect(of(found, "functions")).toEqual([{ grade: "fact", number: 4 }]);
  expect(of(found, "shared replicas")).toEqual([{ grade: "fact", node: "math", number: 1 + 1, limit: 2 }]);
  const raised = limitsReport(service, { accountConcurrency: 5000 }).service;
  expect(raised.filter(({ grade }) => grade !== "fact")).toEqual([]);
});

test("what is refused when packaging is an error by the same checks", () => {
  const late = workflow(
    { n: 1 },
    function late({ n }) {
      return double.withOverrides({ timeout: 400 })({ n });
    },
    { type: "EXPRESS" },
  );
  expect(findingsOf(late)).toMatchObject([
    { grade: "error", subject: "refused" },
    ...findingsOf(late)
      .slice(1)
      .map(() => ({ grade: "fact" })),
  ]);
  expect(findingsOf(late)[0]?.says).toContain(
    "workflow late, node double: its timeout of 400 s is longer than an EXPRESS",
  );
  const long = { ...serviceOf([doubled]), service: "s".repeat(75) };
  expect(limitsReport(long).service[0]?.says).toContain("characters, Lambda takes 64");
  expect(() => packageWarnings(limitsReport(long))).toThrow("characters, Lambda takes 64");
});

test("a package is refused for what is over a limit, and its author warned in one line for each workflow", () => {
  const large = serviceOf([doubled], [{ name: "math", replicaCount: 500, whenBusy: "queue" }]);
  expect(() => packageWarnings(limitsReport(large))).toThrow(
    /^the service: account concurrency: 1,000 of 900, reserved or provisioned; .*: have fewer replicas, or ask AWS for more/,
  );
  const wide = workflow({}, function wide() {
    return mapTask(double, { concurrency: 5 })({ n: [1, 2, 3, 4, 5] });
  });
  expect(packageWarnings(limitsReport(serviceOf([wide, doubled])))).toEqual([
    "workflow wide: double: spill: 5 calls of math at once at most, on 2 replicas: 2 on cold on-demand instances, 1 throttled and tried again (npx lambent check tells the remedies)",
  ]);
});

test("findings are a table with the remedies beneath, coloured where colours are wanted", () => {
  const sections = [
    {
      title: "workflow w",
      findings: [
        { grade: "error", subject: "spill", node: "a", number: 1, says: "too many", remedy: "have fewer" },
        { grade: "fact", subject: "transitions", number: 2, says: "2 per run" },
      ],
    },
  ] satisfies Parameters<typeof findingsText>[0];
  expect(findingsText(sections, false)).toBe(
    [
      "workflow w",
      "  error  spill        a  too many",
      "         → have fewer",
      "         transitions     2 per run",
    ].join("\n"),
  );
  expect(findingsText(sections, true)).toContain("\u001B[31merror\u001B[39m");
});

test("nodes one after another that have the same said of them share a line", () => {
  function fact(node: string, number: number) {
    return { grade: "fact", subject: "payload", node, number, says: `within ${number} bytes` } as const;
  }
  const findings = [fact("a", 1), fact("b", 1), fact("c", 2), fact("d", 2), fact("e", 2), fact("f", 1)];
  expect(findingsText([{ title: "workflow w", findings }], false).split("\n")).toEqual([
    "workflow w",
    "    payload  a      within 1 bytes",
    "    payload  b      within 1 bytes",
    "    payload  c … e  within 2 bytes (each of these 3 nodes)",
    "    payload  f      within 1 bytes",
  ]);
});

test("a call of AWS that names no resource is told, with the remedy, and one whose rights are not known is refused", () => {
  const sending = workflow({ queue: "" }, function sending({ queue }) {
    return awsCall("sqs:sendMessage", { QueueUrl: queue, MessageBody: "m" });
  });
  const [warning] = packageWarnings(limitsReport(serviceOf([sending])));
  expect(warning).toBe(
    'workflow sending: sendMessage: rights: its role may sqs:SendMessage on all resources ("*"), since its arguments name none (npx lambent check tells the remedies)',
  );
  const named = workflow({ queue: "" }, function named({ queue }) {
    return awsCall("sqs:sendMessage", { QueueUrl: queue, MessageBody: "m" }, { resource: "*" });
  });
  expect(packageWarnings(limitsReport(serviceOf([named])))).toEqual([]);
  const waiting = workflow({}, function waiting() {
    return awsCall("ecs:runTask.sync", { TaskDefinition: "t" });
  });
  expect(() => packageWarnings(limitsReport(serviceOf([waiting])))).toThrow(
    "workflow waiting, runTask: rights: what a role needs beside for .sync of ecs:runTask.sync is not known: name all of it",
  );
});
