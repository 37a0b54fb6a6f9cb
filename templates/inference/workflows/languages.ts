import { readFile } from "node:fs/promises";
import { ActorEnvironment, asset, mapTask, task, workflow, type S3File } from "lambent";
import { trigramsOf } from "../models/trigrams.mjs";

/** Two replicas, which stay warm: each loads the model once. */
const actor = new ActorEnvironment({ name: "languages", replicaCount: 2, memorySize: 512 });

/** The model, beside the code: `npm run train` makes it. It is uploaded once for each content. */
const MODEL = asset("models/languages.json");

/** How often three letters follow each other, by language. */
type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface Guess {
  readonly language: string;
  /** From 0 to 1. */
  readonly certainty: number;
}

/** Runs while a replica initialises. What it returns never leaves the replica, so it may be anything: here a function. */
const loadModel = actor.cache(
  async function loadModel(file: S3File<"json">) {
    const counts = JSON.parse(await readFile(await file.download(), "utf8")) as Counts;
    return classifier(counts);
  },
  { preload: [[MODEL]] },
);

/** Runs on a warm replica, where the model is at hand. What goes in and comes out is JSON. */
export const detect = actor.task(async function detect({ text }: { text: string }) {
  const model = await loadModel(MODEL);
  return { text, ...model(text) };
});

/** A plain task: it needs no warm replica. */
export const countLanguages = task(async function countLanguages({ answers }: { answers: { language: string }[] }) {
  const counts: Record<string, number> = {};
  for (const { language } of answers) counts[language] = (counts[language] ?? 0) + 1;
  return { counts, answers };
});

/** Traced once: inputs are declared as their defaults, and every call of a task is a state. */
export const languages = workflow(
  {
    texts: [
      "Where do I find the station?",
      "Wo finde ich den Bahnhof?",
      "Où se trouve la gare ?",
      "¿Dónde se encuentra la estación?",
      "Dove si trova la stazione?",
      "Waar vind ik het station?",
      "I would like a glass of water.",
      "Ich möchte ein Glas Wasser.",
    ],
  },
  function languages({ texts }) {
    return countLanguages({ answers: mapTask(detect)({ text: texts }) });
  },
);

/** A naive Bayes classifier: of each language, how likely its speakers are to write these letters. */
function classifier(counts: Counts): (text: string) => Guess {
  const distinct = new Set(Object.values(counts).flatMap((of) => Object.keys(of))).size;
  const models = Object.entries(counts).map(([language, of]) => {
    const total = Object.values(of).reduce((sum, count) => sum + count, 0);
    // One is added to each count, so that letters which the texts do not have are unlikely and not impossible.
    return { language, logOf: (trigram: string) => Math.log(((of[trigram] ?? 0) + 1) / (total + distinct)) };
  });
  return (text) => {
    const trigrams = trigramsOf(text);
    const scores = models.map(({ language, logOf }) => ({
      language,
      log: trigrams.reduce((sum, trigram) => sum + logOf(trigram), 0),
    }));
    const best = scores.reduce((one, other) => (other.log > one.log ? other : one));
    const sum = scores.reduce((all, { log }) => all + Math.exp(log - best.log), 0);
    return { language: best.language, certainty: Number((1 / sum).toFixed(3)) };
  };
}
