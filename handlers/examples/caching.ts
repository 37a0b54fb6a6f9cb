import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, workflow } from "lambent";

const actor = new ActorEnvironment({ name: "caching", replicaCount: 1 });

/** Takes four seconds to load, and returns a function, which could not be passed between tasks as JSON. */
const loadModel = actor.cache(async function loadModel({ state }: { state: number }) {
  await sleep(4000);
  return (value: number) => state + value;
});

const evaluate = actor.task(async function evaluate({ value, state }: { value: number; state: number }) {
  const model = await loadModel({ state });
  return model(value);
});

/** Four calls, one load: 1 + 3 + 3 + 3 + 3 = 13. */
export const caching = workflow({ initValue: 1, state: 3 }, function caching({ initValue, state }) {
  let out = evaluate({ value: initValue, state });
  out = evaluate({ value: out, state });
  out = evaluate({ value: out, state });
  out = evaluate({ value: out, state });
  return out;
});
