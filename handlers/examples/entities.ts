import { ActorEnvironment, mapTask, task, workflow } from "lambent";
import { readParagraphs } from "./opticks.ts";

const actor = new ActorEnvironment({ name: "entities", replicaCount: 2, memorySize: 1024 });

/** The number of entities of each type, such as `{ CARDINAL: 2, ORDINAL: 1 }`. */
type Counts = Record<string, number>;

/** Imports the language model and builds the pipeline from it, which takes most of the time. */
const loadPipeline = actor.cache(async function loadPipeline() {
  const [{ default: winkNlp }, { default: model }] = await Promise.all([
    import("wink-nlp"),
    import("wink-eng-lite-web-model"),
  ]);
  return winkNlp(model);
});

const extractEntities = actor.task(async function extractEntities({ paragraph }: { paragraph: string }) {
  const nlp = await loadPipeline();
  const types = nlp.readDoc(paragraph).entities().out(nlp.its.type) as string[]; // strings, by `its.type`
  return count(types.map((type) => ({ [type]: 1 })));
});

const sumCounts = task(async function sumCounts({ counts }: { counts: Counts[] }) {
  return count(counts);
});

function count(parts: readonly Counts[]): Counts {
  const sums: Counts = {};
  for (const part of parts) {
    for (const [type, number] of Object.entries(part)) sums[type] = (sums[type] ?? 0) + number;
  }
  return Object.fromEntries(Object.entries(sums).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Every paragraph of a real text, through a real model, on two replicas. */
export const entities = workflow({}, function entities() {
  const paragraphs = readParagraphs({});
  return sumCounts({ counts: mapTask(extractEntities)({ paragraph: paragraphs }) });
});
