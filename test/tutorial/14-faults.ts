import { ActorEnvironment, mapTask, partial, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// On AWS replicas are recycled, calls are delivered twice, answers get lost and S3 is busy. A workflow gives the same
// whatever happens if its tasks may be tried again. The test beside this chapter tries it: it runs the workflow under
// plans of faults, and compares.

const actor = new ActorEnvironment({ name: "wordlists", replicaCount: 2 });

/** Loaded once in each replica, as long as the replica lives. */
const loadWords = actor.cache(async function loadWords({ language }: { language: string }) {
  return language === "en" ? ["a", "of", "the"] : ["der", "die", "das"];
});

/** Enough for all that one plan may do to one call. */
const patient = { retries: 8 };

export const countWords = actor.task(async function countWords({ text, language }: { text: string; language: string }) {
  const stopWords = new Set(await loadWords({ language }));
  return text.split(" ").filter((word) => !stopWords.has(word)).length;
}, patient);

/** Its output is stored: of two replicas that compute it at once, both return the one that was stored first. */
export const summary = task(
  async function summary({ counts }: { counts: number[] }) {
    return { texts: counts.length, words: counts.reduce((sum, count) => sum + count, 0) };
  },
  { ...patient, cache: true, cacheVersion: "v1" },
);

export const wordCount = workflow(
  { texts: ["the top of the hill", "a hill"], language: "en" },
  function wordCount({ texts, language }) {
    return summary({ counts: mapTask(partial(countWords, { language }))({ text: texts }) });
  },
);

/** A task that is not tried again: when its replica ends, the workflow fails. */
export const publishOnce = task(async function publishOnce({ title }: { title: string }) {
  return `published: ${title}`;
});

export const publishing = workflow({ title: "hills" }, function publishing({ title }) {
  return publishOnce({ title });
});

export const examples: readonly Example[] = [
  { workflow: "wordCount", input: {}, output: { texts: 2, words: 3 } },
  { workflow: "wordCount", input: { texts: [] }, output: { texts: 0, words: 0 } },
  { workflow: "wordCount", input: { texts: ["das Tal"], language: "de" }, output: { texts: 1, words: 1 } },
  { workflow: "publishing", input: {}, output: "published: hills" },
];
