import { ActorEnvironment, asset, mapTask, task, workflow, type S3File } from "lambent";
import { openModel } from "./models/minilm.ts";
import { paragraphs, readParagraphs } from "./opticks.ts";

const actor = new ActorEnvironment({ name: "embeddings", replicaCount: 2, memorySize: 1024 });
/** Stored beside the code, once for each content. */
const MODEL = asset("handlers/examples/models/minilm-static.onnx");

/** Loaded before a replica's first request, so that no task waits for it. */
const loadModel = actor.cache(
  async function loadModel(file: S3File<"onnx">) {
    return openModel(await file.download());
  },
  { preload: [[MODEL]] },
);

/** Embeddings cross as whole numbers. With all their digits Step Functions would not carry 216, so each would be stored. */
const SCALE = 250;

const embed = actor.task(async function embed({ text }: { text: string }) {
  const model = await loadModel(MODEL);
  return Array.from(await model(text), (number) => Math.round(number * SCALE));
});

/** The first words of the three paragraphs that are most like the query, and how like: 1 is the same. */
const findNearest = task(async function findNearest(vectors: { query: number[]; embeddings: number[][] }) {
  const { query, embeddings } = vectors;
  return paragraphs()
    .map((paragraph, index) => ({
      score: Number((dotProduct(query, embeddings[index] ?? []) / SCALE ** 2).toFixed(2)),
      paragraph: paragraph.split(" ").slice(0, 12).join(" "),
    }))
    .toSorted((one, other) => other.score - one.score)
    .slice(0, 3);
});

function dotProduct(left: readonly number[], right: readonly number[]): number {
  return right.reduce((sum, number, index) => sum + number * (left[index] ?? 0), 0);
}

/** Semantic search: the query and every paragraph of a text go through one model, on two replicas. */
export const embeddings = workflow(
  { query: "why does a prism separate the colours of light" },
  function embeddings({ query }) {
    return findNearest({
      query: embed({ text: query }),
      embeddings: mapTask(embed)({ text: readParagraphs({}) }),
    });
  },
);
