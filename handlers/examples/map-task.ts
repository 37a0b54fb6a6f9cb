import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, currentContext, mapTask, partial, S3File, task, workflow } from "lambent";

const actor = new ActorEnvironment({ name: "map-task", replicaCount: 2 });

class Model {
  readonly #factor: number;
  constructor(factor: number) {
    this.#factor = factor;
  }
  predict(value: number): number {
    return this.#factor * value;
  }
}

/** Runs once for each cacheVersion, however many executions ask for it. */
const createModelState = task(
  async function createModelState() {
    const path = join(currentContext().workingDirectory, "model-state.txt");
    await writeFile(path, "4");
    return S3File.from(path, "txt");
  },
  { cache: true, cacheVersion: "v1" },
);

/** Takes ten seconds, once per replica and version of the file. */
const loadModel = actor.cache(async function loadModel(file: S3File<"txt">) {
  await sleep(10_000);
  return new Model(Number(await readFile(await file.download(), "utf8")));
});

const inference = actor.task(async function inference({ value, file }: { value: number; file: S3File<"txt"> }) {
  const model = await loadModel(file);
  return model.predict(value);
});

/** 20 items on two replicas: two loads, 18 hits. */
export const runInference = workflow(
  { values: Array.from({ length: 20 }, (_, index) => index) },
  function runInference({ values }) {
    const file = createModelState({});
    return mapTask(partial(inference, { file }))({ value: values });
  },
  { name: "map-task" },
);
