import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RedriveExecutionCommand } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import { bars } from "../../../infra/run/timeline/executions.ts";
import { servedProject } from "../../support/served-project.ts";

const FLOWS = `
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ActorEnvironment, conditional, currentContext, eq, gt, isNull, mapTask, partial, S3File, task, workflow } from "lambent";
const maker = new ActorEnvironment({ name: "maker", replicaCount: 2 });
const reader = new ActorEnvironment({ name: "reader", replicaCount: 2 });

const text = (bytes: number, seed: string): string => seed.padEnd(8, "é-").repeat(Math.ceil(bytes / 8)).slice(0, bytes);
const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

const make = maker.task(async function make({ bytes, seed = "a" }: { bytes: number; seed?: string }) { return text(bytes, seed); });
const makeMany = maker.task(async function makeMany({ bytes, seeds }: { bytes: number; seeds: string[] }) {
  return { count: seeds.length, empty: null as string | null, items: seeds.map((seed) => text(bytes, seed)) };
});
const read = reader.task(async function read({ value, other }: { value: unknown; other?: unknown }) { return digest(other === undefined ? value : [value, other]); });
export const across = workflow({ bytes: 1_000_000 }, function across({ bytes }) { return read({ value: make({ bytes }) }); });
export const bound = workflow({ bytes: 1_000_000, values: [1, 2, 3] }, function bound({ bytes, values }) {
  return mapTask(partial(read, { value: make({ bytes }) }))({ other: values });
});
export const mapped = workflow({ bytes: 100_000, seeds: ["a"] }, function mapped({ bytes, seeds }) {
  const made = mapTask(partial(make, { bytes }))({ seed: seeds });
  return { each: mapTask(read)({ value: made }), whole: read({ value: made }), second: read({ value: made[1] }) };
});
export const listed = workflow({ bytes: 100_000, seeds: ["a"] }, function listed({ bytes, seeds }) {
  return mapTask(read)({ value: makeMany({ bytes, seeds }).items });
});
export const zipped = workflow({ bytes: 100_000, seeds: ["a"] }, function zipped({ bytes, seeds }) {
  return mapTask(read)({ value: makeMany({ bytes, seeds }).items, other: seeds });
});
export const looked = workflow({ bytes: 300_000, seeds: ["a", "b"] }, function looked({ bytes, seeds }) {
  const made = makeMany({ bytes, seeds });
  const chosen = conditional(gt(made.count, 1), () => read({ value: made.items }), () => "few");
  const there = conditional(isNull(made.items), () => "null", () => conditional(isNull(made.empty), () => "there", () => "full"));
  return { count: made.count, chosen, there, whole: read({ value: made }) };
});
export const crossed = workflow({ bytes: 120_000 }, function crossed({ bytes }) {
  const [x, y, z] = ["x", "y", "z"].map((seed) => make({ bytes, seed }));
  return [read({ value: x, other: y }), read({ value: y, other: z }), read({ value: z, other: x })];
});
export const compared = workflow({ bytes: 300_000 }, function compared({ bytes }) {
  return conditional(eq(make({ bytes }), "x"), () => "same", () => "other");
});
export const returned = workflow({ bytes: 300_000 }, function returned({ bytes }) { return { text: make({ bytes }) }; });
export const returnedField = workflow({ bytes: 300_000 }, function returnedField({ bytes }) { return makeMany({ bytes, seeds: ["a"] as string[] }).items[0]; });
export const nested = workflow({ bytes: 300_000 }, function nested({ bytes }) { return read({ value: returned({ bytes }) }); });
const filed = maker.task(async function filed({ bytes }: { bytes: number }) {
  const path = join(currentContext().workingDirectory, "file.txt");
  await writeFile(path, "in a file");
  return { file: await S3File.from(path, "txt"), looksLikeAMark: { $stored: "x" }, rest: text(bytes, "r") };
});
const open = reader.task(async function open({ value }: { value: { file: S3File<"txt">; looksLikeAMark: unknown; rest: string } }) {
  return { file: await value.file.text(), mark: digest(value.looksLikeAMark), length: value.rest.length };
});
export const withFile = workflow({ bytes: 300_000 }, function withFile({ bytes }) { return open({ value: filed({ bytes }) }); });
const cachedMake = maker.task(async function cachedMake({ bytes }: { bytes: number }) { return text(bytes, String(Math.random())); }, { cache: true, cacheVersion: "v1" });
const cachedRead = reader.task(async function cachedRead({ value }: { value: string }) { return [value.length, Math.random()]; }, { cache: true, cacheVersion: "v1" });
export const cached = workflow({ bytes: 500_000 }, function cached({ bytes }) { return cachedRead({ value: cachedMake({ bytes }) }); });
const constant = maker.task(async function constant({ bytes }: { bytes: number }) { return text(bytes, "k"); });
export const alone = workflow({ bytes: 100_000 }, function alone({ bytes }) { return cachedRead({ value: constant({ bytes }) }); });
export const beside = workflow({ bytes: 100_000 }, function beside({ bytes }) {
  const value = constant({ bytes });
  read({ value, other: constant({ bytes }) });
  return cachedRead({ value });
});
/** Ends its process the first time, after a large value has come in. */
const crashOnce = reader.task(async function crashOnce({ value, path }: { value: string; path: string }) {
  if (existsSync(path)) return text(value.length, "c");
  await writeFile(path, "");
  process.exit(3);
}, { retries: { maxAttempts: 1, intervalSeconds: 1 } });
export const retried = workflow({ bytes: 400_000, path: "" }, function retried({ bytes, path }) { return read({ value: crashOnce({ value: make({ bytes }), path }) }); });
/** Fails until there is a file at the path. */
const wait = reader.task(async function wait({ value, path }: { value: string; path: string }) {
  if (!existsSync(path)) throw new Error("not yet");
  return digest(value);
});
export const plain = workflow({ value: {} as unknown }, function plain({ value }) { return read({ value }); });
export const redriven = workflow({ bytes: 400_000, path: "" }, function redriven({ bytes, path }) { return wait({ value: make({ bytes, seed: "r" }), path }); });
`;

const project = servedProject({ "flows.ts": FLOWS });
const { execute, ended, events } = project;

/** As the project's own tasks make and digest text. */
function text(bytes: number, seed = "a"): string {
  return seed
    .padEnd(8, "é-")
    .repeat(Math.ceil(bytes / 8))
    .slice(0, bytes);
}
function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

async function outputOf(workflow: string, input: object = {}): Promise<unknown> {
  const execution = await execute(workflow, input);
  expect(execution).toMatchObject({ status: "SUCCEEDED" });
  return JSON.parse(execution.output ?? "");
}

const SEEDS = Array.from({ length: 20 }, (_, index) => `seed${index}`);

test("a megabyte crosses from one actor's task to another's, as it is", async () => {
  expect(await outputOf("across")).toBe(digest(text(1_000_000)));
});

test("it is stored under its producer's name and the hash of its text; what fits is not stored", async () => {
  function values(): string[] {
    return readdirSync(join(project.root, ".lambent/store/local/test-dev-maker/values"));
  }
  const hash = createHash("sha256")
    .update(JSON.stringify(text(1_000_000)))
    .digest("hex");
  expect(values()).toEqual([`${hash}.json`]);
  expect(await outputOf("across", { bytes: 160_000 })).toBe(digest(text(160_000)));
  expect(values()).toEqual([`${hash}.json`]);
});

test("what is bound for a whole map crosses too", async () => {
  expect(await outputOf("bound")).toEqual([1, 2, 3].map((other) => digest([text(1_000_000), other])));
});

test("the outputs of a map's items share one limit: 20 times 100 KB are consumed one by one, and all together", async () => {
  const texts = SEEDS.map((seed) => text(100_000, seed));
  expect(await outputOf("mapped", { seeds: SEEDS })).toEqual({
    each: texts.map(digest),
    whole: digest(texts),
    second: digest(texts[1]),
  });
});

test("a list that a map goes through stays a list, and its elements are stored", async () => {
  expect(await outputOf("listed", { seeds: SEEDS })).toEqual(SEEDS.map((seed) => digest(text(100_000, seed))));
  expect(await outputOf("zipped", { seeds: SEEDS })).toEqual(SEEDS.map((seed) => digest([text(100_000, seed), seed])));
});

test("a field that the state machine looks at stays with it, and the large ones beside it are stored", async () => {
  const items = ["a", "b"].map((seed) => text(300_000, seed));
  expect(await outputOf("looked")).toEqual({
    count: 2,
    chosen: digest(items),
    there: "there",
    whole: digest({ count: 2, empty: null, items }),
  });
  expect(await outputOf("looked", { seeds: ["a"] })).toMatchObject({ count: 1, chosen: "few" });
});

test("branches whose outputs meet share one limit", async () => {
  const [x, y, z] = ["x", "y", "z"].map((seed) => text(120_000, seed));
  expect(await outputOf("crossed")).toEqual([digest([x, y]), digest([y, z]), digest([z, x])]);
});

test("a workflow within a workflow may return what is large, since a task gets it", async () => {
  expect(await outputOf("nested")).toBe(digest({ text: text(300_000) }));
});

test("files and data that looks like a mark cross in large values as in small ones", async () => {
  const expected = { file: "in a file", mark: digest({ $stored: "x" }) };
  expect(await outputOf("withFile", { bytes: 10 })).toEqual({ ...expected, length: 10 });
  expect(await outputOf("withFile")).toEqual({ ...expected, length: 300_000 });
});

test("what the state machine reads must fit: the error names the task, the sizes, the reader and the remedy", async () => {
  async function cause(workflow: string): Promise<unknown> {
    const execution = await execute(workflow);
    expect(execution).toMatchObject({ status: "FAILED", error: "LambentError" });
    return (JSON.parse(execution.cause ?? "") as { errorMessage: string }).errorMessage;
  }
  const bytes = Buffer.byteLength(JSON.stringify(text(300_000)));
  const remedy =
    "and Step Functions carries 262144 bytes: return what is read in fields of its own, pass what is large to tasks whole, or return an S3File";
  expect(await cause("compared")).toBe(
    `task make returned ${bytes} bytes. Large values are stored for the tasks that get them, but this one is read by choice, ${remedy}`,
  );
  expect(await cause("returned")).toContain(`but this one is read by the caller of workflow returned, ${remedy}`);
  expect(await cause("returnedField")).toMatch(
    /^task makeMany returned \d+ bytes, \d+ of them in output\.items\[0\]\. .* is read by the caller of workflow returnedField,/,
  );
  expect(await outputOf("returned", { bytes: 100_000 })).toEqual({ text: text(100_000) });
});

test("a cached task's large output is computed once, and is the same to a cached task that gets it", async () => {
  const first = await execute("cached");
  const second = await execute("cached");
  expect(first.output).toContain("[500000,");
  expect(second.output).toBe(first.output);
  expect(bars(await events(second)).map(({ receipt }) => receipt.output)).toEqual(["stored", "stored"]);
});

test("to a cached task it makes no difference how its input has crossed", async () => {
  const alone = await outputOf("alone");
  const stored = join(project.root, ".lambent/store/local/test-dev-maker/values", `${digest(text(100_000, "k"))}.json`);
  expect(existsSync(stored)).toBe(false);
  expect(await outputOf("beside")).toEqual(alone);
  expect(existsSync(stored)).toBe(true);
});

test("a task that is tried again gets its large input again", async () => {
  const path = join(project.root, "crashed.txt");
  expect(await outputOf("retried", { path })).toBe(digest(text(400_000, "c")));
  expect(statSync(path).size).toBe(0);
});

test("an execution that is redriven finds what it stored", async () => {
  const path = join(project.root, "go.txt");
  const { executionArn, status } = await execute("redriven", { path });
  expect(status).toBe("FAILED");
  writeFileSync(path, "");
  await project.client.send(new RedriveExecutionCommand({ executionArn }));
  expect(await ended(executionArn)).toMatchObject({
    status: "SUCCEEDED",
    output: JSON.stringify(digest(text(400_000, "r"))),
  });
});

test("whoever calls a function without naming a budget gets all of its output", async () => {
  const payload = JSON.stringify({ task: "make", inputs: { bytes: 300_000 } });
  const answer = await project.served.pool.invoke({ functionName: "test-dev-maker:live", payload });
  expect(JSON.parse(answer.payload)).toMatchObject({ output: text(300_000) });
});

test("a mark that no task has written is told so, to whoever may invoke a function", async () => {
  const payload = JSON.stringify({ task: "read", inputs: { value: { $stored: "../../etc/passwd" } } });
  const answer = await project.served.pool.invoke({ functionName: "test-dev-reader:live", payload });
  expect(answer.payload).toContain("stands for no stored value: leave this name to Lambent");
});
