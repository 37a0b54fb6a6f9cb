import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, workflow, type Equatable } from "lambent";

const actor = new ActorEnvironment({ name: "custom-objects", replicaCount: 1 });

/** Two instances with the same state are equal, so what was loaded for one is a hit for the other. */
class ModelConfig implements Equatable {
  readonly state: number;
  constructor(state: number) {
    this.state = state;
  }
  equals(other: ModelConfig): boolean {
    return this.state === other.state;
  }
  hashCode(): number {
    return this.state;
  }
}

const getState = actor.cache(async function getState(config: ModelConfig) {
  await sleep(2000);
  return config.state;
});

const constructAndGetValue = actor.task(async function constructAndGetValue({ state }: { state: number }) {
  return getState(new ModelConfig(state));
});

export const customObjects = workflow(
  { state: 2 },
  function customObjects({ state }) {
    let value = constructAndGetValue({ state });
    value = constructAndGetValue({ state: value });
    value = constructAndGetValue({ state: value });
    value = constructAndGetValue({ state: value });
    return value;
  },
  { name: "custom-objects" },
);
