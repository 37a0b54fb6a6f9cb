import { ActorEnvironment, mapTask, task, workflow } from "lambent";

const actor = new ActorEnvironment({ name: "simulated-models", replicaCount: 2 });
const loadModel = actor.cache(async function loadModel({ version }: { version: string }) {
  return { version, weight: version.length };
});

const score = actor.task(
  async function score({ value, version }: { value: number; version: string }) {
    const { weight } = await loadModel({ version });
    return value * weight;
  },
  { retries: 4 },
);
const total = task(
  async function total({ values }: { values: number[] }) {
    return values.reduce((sum, value) => sum + value, 0);
  },
  { retries: 4, cache: true, cacheVersion: "1" },
);

export const scoring = workflow({ values: [1, 2, 3] }, function scoring({ values }) {
  const scores = mapTask(score)({ value: values, version: ["a", "bb", "a"] });
  return { scores, total: total({ values: scores }) };
});
