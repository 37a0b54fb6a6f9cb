import { mapTask, required, task, tryCatch, workflow, type Ref } from "lambent";
import type { Example } from "./example.ts";

// A definition may have 1 MB, and a task's state takes about 1 KB of it, with its literals. A workflow that comes to more
// is divided among several state machines when it is compiled: nothing of it is written otherwise, and it gives the same.

/** What a region asks for each article, as a text that stands in the graph: some 130 KB. */
function listOf(region: string): string {
  return Array.from({ length: 5000 }, (_, index) => `${region}-article-${index}: ${index % 97}`).join("\n");
}

const LISTS = ["north", "east", "south", "west", "centre", "isles", "alps", "coast"].map(
  (region) => [region, listOf(region)] as const,
);

const listedPrice = task(function listedPrice(inputs: { list: string; article: string; before: number }) {
  const line = inputs.list.split("\n").find((one) => one.startsWith(`${inputs.article}: `));
  if (line === undefined) throw new RangeError(`there is no ${inputs.article}`);
  return inputs.before + Number(line.split(": ")[1]);
});

const articleOf = task(function articleOf({ region, number }: { region: string; number: string }) {
  return `${region}-article-${number}`;
});

const halfOf = task(function halfOf({ n }: { n: number }) {
  return n / 2;
});

const meanOf = task(function meanOf({ prices }: { prices: number[] }) {
  return prices.reduce((sum, one) => sum + one, 0) / prices.length;
});

/** One after the other: what a part comes to is what the next one begins with. */
export const basket = workflow({ number: required<string>(), start: 0 }, function basket({ number, start }) {
  let sum: Ref<number> = start;
  for (const [region, list] of LISTS) sum = listedPrice({ list, article: articleOf({ region, number }), before: sum });
  return sum;
});

/** Side by side: neighbours are in one part, within which they run at the same time. An error is caught as anywhere. */
export const comparison = workflow({ number: required<string>() }, function comparison({ number }) {
  return tryCatch(
    () => {
      const prices = LISTS.map(([region, list]) =>
        listedPrice({ list, article: articleOf({ region, number }), before: 0 }),
      );
      return { mean: meanOf({ prices }), halves: mapTask(halfOf)({ n: prices }) };
    },
    (error) => ({ refused: error.name }),
  );
});

export const examples: readonly Example[] = [
  { workflow: "basket", input: { number: "12", start: 1 }, output: 97 },
  { workflow: "basket", input: { number: "9999" }, error: "RangeError: there is no north-article-9999" },
  { workflow: "comparison", input: { number: "12" }, output: { mean: 12, halves: [6, 6, 6, 6, 6, 6, 6, 6] } },
  { workflow: "comparison", input: { number: "9999" }, output: { refused: "RangeError" } },
];
