import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  ActorEnvironment,
  after,
  approve,
  mapTask,
  partial,
  required,
  S3File,
  type Schema,
  task,
  workflow,
} from "lambent";

const actor = new ActorEnvironment({ name: "simulated-models", replicaCount: 2 });
const loadModel = actor.cache(
  async function loadModel({ version }: { version: string }) {
    return { version, weight: version.length };
  },
  { preload: [[{ version: "a" }]] },
);

const score = actor.task(
  async function score({ value, version }: { value: number; version: string }) {
    const { weight } = await loadModel({ version });
    return value * weight;
  },
  { retries: 8 },
);
const total = task(
  async function total({ values }: { values: number[] }) {
    return values.reduce((sum, value) => sum + value, 0);
  },
  { retries: 8, cache: true, cacheVersion: "1" },
);

export const scoring = workflow({ values: [1, 2, 3] }, function scoring({ values }) {
  const scores = mapTask(score)({ value: values, version: ["a", "bb", "a"] });
  return { scores, total: total({ values: scores }) };
});

const whole: Schema<number | string, number> = {
  "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: Number(value) }) },
};

/** Between its tasks states look at what it is given and gives, and work on the lists of its map. */
export const apart = workflow(
  { values: [1, 2, 3], factor: whole },
  function apart({ values, factor }) {
    const scores = mapTask(partial(score, { version: "a" }), { batch: 2, mode: "distributed" })({ value: values });
    return total({ values: [factor, total({ values: scores })] });
  },
  { output: whole },
);

let calls = 0;
const count = task(async function count() {
  calls += 1;
  return calls;
});

/** What it gives depends on what its replica did before. */
export const counting = workflow({}, function counting() {
  const first = count({});
  return [first, after(first, () => count({}))];
});

const fragile = task(async function fragile({ value }: { value: number }) {
  return value + 1;
});
export const unretried = workflow({ value: 1 }, function unretried({ value }) {
  return fragile({ value });
});

const clock = task(
  async function clock() {
    return { at: Date.now(), year: new Date().getUTCFullYear(), lot: Math.random(), id: crypto.randomUUID() };
  },
  { retries: 8 },
);
export const timed = workflow({}, function timed() {
  return clock({});
});

const patient = task(
  async function patient({ hours }: { hours: number }) {
    const began = performance.now();
    for (let hour = 0; hour < hours; hour++) await new Promise((resolve) => setTimeout(resolve, 3_600_000 / 10));
    return Math.round((performance.now() - began) / 360_000);
  },
  { retries: 8 },
);
export const long = workflow({ hours: 2 }, function long({ hours }) {
  return patient({ hours });
});

export const asking = workflow({}, function asking() {
  return approve("release", { timeout: 3600 });
});

const readText = task(
  async function readText({ file }: { file: S3File<"txt"> }) {
    return readFile(await file.download(), "utf8");
  },
  { retries: 8 },
);
export const reading = workflow({ file: required<S3File<"txt">>() }, function reading({ file }) {
  return readText({ file });
});

const ownLines = readFileSync(new URL(import.meta.url), "utf8").split("\n").length;
const lines = task(async function lines() {
  return ownLines > 0;
});
export const located = workflow({}, function located() {
  return lines({});
});
