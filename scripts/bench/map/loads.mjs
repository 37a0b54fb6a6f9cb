/**
 * How often a map over warm replicas loads what it caches, how long it takes, and what it costs: 1,000 items over 40
 * models on 8 replicas that have room for 5 models each. A model takes 500 ms to load, an item 5 ms. Each form in the same
 * run, and beside them what chance would give: a pool that hands each item to any replica. Then the same with one model
 * that half of the items need. Options: --items 1000 --models 40 --replicas 8 --load 500 --work 5.
 *
 * Targets. With affinity: a load for each model, 1.25 × the ideal schedule's time (each model once, all replicas at work
 * until the last item), and with the hot model no replica with more than 1.5 × the mean's items or time. `batchBy` alone:
 * at most 48 loads. `batch: "auto"`: one invocation and one transition for 20 items.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
const ROOM = 5;

export const OPTIONS = {
  items: { type: "string", default: "1000" },
  models: { type: "string", default: "40" },
  replicas: { type: "string", default: "8" },
  load: { type: "string", default: "500" },
  work: { type: "string", default: "5" },
};

function flows({ replicas, load, work }) {
  const room = `replicaCount: ${replicas}, cache: { maxEntries: ${ROOM} }`;
  return `import { ActorEnvironment, mapTask, workflow } from "lambent";
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
type Item = { model: string; n: number };
const pool = new ActorEnvironment({ name: "pool", ${room} });
const load = pool.cache(async function load(model: string) { await sleep(${load}); return model.length; });
const score = pool.task(async function score({ model, n }: Item) {
  const size = await load(model);
  await sleep(${work});
  return size + n;
});
const near = new ActorEnvironment({ name: "near", affinity: true, ${room} });
const loadNear = near.cache(async function loadNear(model: string) { await sleep(${load}); return model.length; });
const scoreNear = near.task(async function scoreNear({ model, n }: Item) {
  const size = await loadNear(model);
  await sleep(${work});
  return size + n;
}, { affinityKey: (inputs) => inputs.model });
const lists = { models: [] as string[], ns: [] as number[] };
export const affinity = workflow(lists, function affinity({ models, ns }) { return mapTask(scoreNear)({ model: models, n: ns }); });
export const affinityAuto = workflow(lists, function affinityAuto({ models, ns }) { return mapTask(scoreNear, { batch: "auto" })({ model: models, n: ns }); });
export const single = workflow(lists, function single({ models, ns }) { return mapTask(score)({ model: models, n: ns }); });
export const auto = workflow(lists, function auto({ models, ns }) { return mapTask(score, { batch: "auto" })({ model: models, n: ns }); });
export const batchBy = workflow(lists, function batchBy({ models, ns }) { return mapTask(score, { batchBy: "model" })({ model: models, n: ns }); });
`;
}

function project(options) {
  const root = mkdtempSync(join(tmpdir(), "lambent-bench-"));
  mkdirSync(join(root, "node_modules"));
  symlinkSync(PACKAGE, join(root, "node_modules/lambent"));
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, "flows.ts"), flows(options));
  return root;
}

/** Numbers from 0 to below `most`, without pattern, the same in each run. */
function draws(seed) {
  let last = seed;
  return (most) => (last = (last * 48_271) % 2_147_483_647) % most;
}

/** Items in an order without pattern, the same in each run. */
function items(chosen) {
  const draw = draws(1);
  for (let last = chosen.length - 1; last > 0; last--) {
    const other = draw(last + 1);
    [chosen[last], chosen[other]] = [chosen[other], chosen[last]];
  }
  return { models: chosen.map((model) => `model-${model}`), ns: chosen.map((_, index) => index) };
}

/** Each model as often as any other. */
function equal({ items: count, models }) {
  return items(Array.from({ length: count }, (_, index) => index % models));
}

/** Half of the items need model 0. */
function hot({ items: count, models }) {
  return items(Array.from({ length: count }, (_, index) => (index % 2 === 0 ? 0 : 1 + (index % (models - 1)))));
}

/** Loads if each item goes to any replica, and replicas keep the models that they used last. */
function loadsByChance({ models }, { replicas }) {
  const kept = Array.from({ length: replicas }, () => []);
  const draw = draws(7);
  let loads = 0;
  for (const model of models) {
    const cache = kept[draw(replicas)];
    if (cache.includes(model)) cache.splice(cache.indexOf(model), 1);
    else loads++;
    cache.push(model);
    if (cache.length > ROOM) cache.shift();
  }
  return loads;
}

/** A service of its own for each run, so that every cache is empty. */
async function run(workflow, input, options) {
  const { serve } = await import(`${PACKAGE}dist/infra/run/serve.js`);
  const root = project(options);
  const served = await serve({ root, service: "bench", stage: "dev", workflows: ["flows.ts"], port: 0, say: () => {} });
  try {
    const { states } = served.emulator;
    const stateMachineArn = served.stateMachines.get(workflow);
    const began = performance.now();
    const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(input) });
    const { status, cause, output } = await states.executionEnd(executionArn);
    const ms = performance.now() - began;
    if (status !== "SUCCEEDED") throw new Error(`${workflow}: ${cause}`);
    const expected = JSON.stringify(input.ns.map((n, index) => input.models[index].length + n));
    if (output !== expected) throw new Error(`${workflow}: the outputs are not those of plain calls, in order`);
    return { ms, ...figures(eventsOf(states, executionArn), options.replicas) };
  } finally {
    await served.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function eventsOf(states, executionArn) {
  const events = [];
  for (let nextToken; ;) {
    const page = states.getExecutionHistory({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) });
    events.push(...page.events);
    if ((nextToken = page.nextToken) === undefined) return events;
  }
}

function figures(events, replicaCount) {
  const answers = events.filter(({ type }) => type === "TaskSucceeded");
  const receipts = answers.flatMap(({ taskSucceededEventDetails: { output } }) => {
    const { receipt, receipts = [receipt] } = JSON.parse(output).Payload;
    return receipts;
  });
  const replicas = new Map();
  for (const { replica, items: count = 1, durationMs } of receipts) {
    const known = replicas.get(replica) ?? { items: 0, ms: 0 };
    replicas.set(replica, { items: known.items + count, ms: known.ms + durationMs });
  }
  return {
    invocations: answers.length,
    transitions: events.filter(({ type }) => type.endsWith("StateEntered")).length,
    events: events.length,
    // What the replicas were at work, shared out evenly: on a machine that is busy timers are late, loads and items long.
    evenMs: sum(receipts.map(({ durationMs }) => durationMs)) / replicaCount,
    loads: sum(receipts.flatMap(({ caches }) => caches.map(({ misses }) => misses))),
    replicas: [...replicas.values()],
  };
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What the busiest replica has over the mean of all. */
function overMean(numbers, count) {
  return Math.max(...numbers) / (sum(numbers) / count);
}

function told(isMet, target) {
  return `(target ${target}${isMet ? "" : ": MISSED"})`;
}

export async function measureLoads(values) {
  const options = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, Number(values[name])]));
  const { items: count, models, replicas, load, work } = options;
  const input = equal(options);
  const idealMs = (models * load + count * work) / replicas;
  function perItem(value) {
    return (value / count).toFixed(3);
  }
  console.log(
    `${count} items, ${models} models, ${replicas} replicas with room for ${ROOM}; ideal ${Math.round(idealMs)} ms; load average ${loadavg()[0].toFixed(1)}`,
  );
  console.log(
    `random pool   ${String(loadsByChance(input, options)).padStart(4)} loads (computed: any replica for each item)`,
  );
  for (const workflow of ["single", "auto", "batchBy", "affinity", "affinityAuto"]) {
    const { ms, evenMs, loads, invocations, transitions, events } = await run(workflow, input, options);
    const targets = {
      batchBy: told(loads <= models * 1.2, `${models * 1.2} loads`),
      auto: told(Math.max(invocations, transitions) <= count / 20, "0.050 invocations and transitions"),
      affinity: told(loads === models && ms <= 1.25 * idealMs, `${models} loads, 1.25 × ideal`),
      affinityAuto: told(Math.max(invocations, transitions) <= count / 20, "0.050 invocations and transitions"),
    };
    console.log(
      `${workflow.padEnd(13)} ${String(loads).padStart(4)} loads, ${(ms / idealMs).toFixed(2)} × ideal (${(ms / evenMs).toFixed(2)} × its own work, shared out evenly), per item ${perItem(invocations)} invocations, ${perItem(transitions)} transitions, ${perItem(events)} events ${targets[workflow] ?? ""}`,
    );
  }
  const { ms, loads, replicas: busy } = await run("affinity", hot(options), options);
  const [byItems, byMs] = [busy.map((one) => one.items), busy.map((one) => one.ms)].map((all) =>
    overMean(all, replicas),
  );
  console.log(
    `one model has half of the items, affinity: ${loads} loads, busiest replica over the mean ${byItems.toFixed(2)} by items, ${byMs.toFixed(2)} by time ${told(Math.max(byItems, byMs) <= 1.5, "1.5")}, ${Math.round(ms)} ms`,
  );
}
