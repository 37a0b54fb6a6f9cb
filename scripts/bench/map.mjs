/**
 * How often a map over warm replicas loads what it caches, and what it costs: 1,000 items over 40 models on 8 replicas
 * that have room for 5 models each. A model takes 500 ms to load, an item 5 ms. Each form in the same run, and beside them
 * what chance would give: a pool that hands each item to any replica. Needs `npm run build`. Options: --items 1000
 * --models 40 --replicas 8 --load 500 --work 5. Targets: `batchBy` at most 48 loads; with `batch: "auto"` one invocation and
 * one transition for 20 items.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const ROOM = 5;

function flows({ replicas, load, work }) {
  return `import { ActorEnvironment, mapTask, partial, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "scoring", replicaCount: ${replicas}, cache: { maxEntries: ${ROOM} } });
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const loadModel = actor.cache(async function loadModel(model: string) { await sleep(${load}); return model.length; });
const score = actor.task(async function score({ model, n }: { model: string; n: number }) {
  const size = await loadModel(model);
  await sleep(${work});
  return size + n;
});
const lists = { models: [] as string[], ns: [] as number[] };
export const single = workflow(lists, function single({ models, ns }) { return mapTask(score)({ model: models, n: ns }); });
export const auto = workflow(lists, function auto({ models, ns }) { return mapTask(score, { batch: "auto" })({ model: models, n: ns }); });
export const byModel = workflow(lists, function byModel({ models, ns }) { return mapTask(score, { batchBy: "model" })({ model: models, n: ns }); });
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

/** Items in an order without pattern, the same in each run. */
function items({ items: count, models }) {
  let seed = 1;
  const chosen = Array.from({ length: count }, (_, index) => index % models);
  for (let last = chosen.length - 1; last > 0; last--) {
    seed = (seed * 48_271) % 2_147_483_647;
    const other = seed % (last + 1);
    [chosen[last], chosen[other]] = [chosen[other], chosen[last]];
  }
  return { models: chosen.map((model) => `model-${model}`), ns: chosen.map((_, index) => index) };
}

/** Loads if each item goes to any replica, and replicas keep the models that they used last. */
function loadsByChance({ models }, { replicas }) {
  const kept = Array.from({ length: replicas }, () => []);
  let seed = 7;
  let loads = 0;
  for (const model of models) {
    seed = (seed * 48_271) % 2_147_483_647;
    const cache = kept[seed % replicas];
    if (cache.includes(model)) cache.splice(cache.indexOf(model), 1);
    else loads++;
    cache.push(model);
    if (cache.length > ROOM) cache.shift();
  }
  return loads;
}

async function run(workflow, input, options) {
  const { serve } = await import(`${PACKAGE}dist/infra/run/serve.js`);
  const { summarise } = await import(`${PACKAGE}dist/infra/run/timeline/executions.js`);
  const root = project(options);
  const served = await serve({ root, service: "bench", stage: "dev", workflows: ["flows.ts"], port: 0, say: () => {} });
  try {
    const { states } = served.emulator;
    const stateMachineArn = served.stateMachines.get(workflow);
    const began = performance.now();
    const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(input) });
    const { status, cause } = await states.executionEnd(executionArn);
    const ms = performance.now() - began;
    if (status !== "SUCCEEDED") throw new Error(`${workflow}: ${cause}`);
    const events = [];
    for (let nextToken; ;) {
      const page = states.getExecutionHistory({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) });
      events.push(...page.events);
      if ((nextToken = page.nextToken) === undefined) break;
    }
    const invocations = events.filter(({ type }) => type === "TaskSucceeded").length;
    const transitions = events.filter(({ type }) => type.endsWith("StateEntered")).length;
    return { workflow, ms, invocations, transitions, events: events.length, loads: summarise(events).loads };
  } finally {
    await served.close();
    rmSync(root, { recursive: true, force: true });
  }
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(
      Object.entries({ items: "1000", models: "40", replicas: "8", load: "500", work: "5" }).map(([name, value]) => [
        name,
        { type: "string", default: value },
      ]),
    ),
  });
  const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
  const input = items(options);
  const { items: count, models, replicas, load, work } = options;
  // Each model once, and all replicas at work until the last item.
  const idealMs = (models * load + count * work) / replicas;
  console.log(
    `${count} items, ${models} models, ${replicas} replicas with room for ${ROOM}; ideal ${Math.round(idealMs)} ms`,
  );
  console.log(`any replica for each item: ${loadsByChance(input, options)} loads`);
  for (const workflow of ["single", "auto", "byModel"]) {
    const { ms, loads, invocations, transitions, events } = await run(workflow, input, options);
    function perItem(value) {
      return (value / count).toFixed(3);
    }
    console.log(
      `${workflow.padEnd(8)} ${String(loads).padStart(4)} loads, ${(ms / idealMs).toFixed(2)} × ideal, per item ${perItem(invocations)} invocations, ${perItem(transitions)} transitions, ${perItem(events)} events`,
    );
  }
}
