import { mapTask, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// A task with `cache: true` keeps its outputs in the service's bucket, by its `cacheVersion` and its inputs. Whoever calls
// it with the same inputs gets the stored output, in the same execution or in another one.

/** How often a function has run in this process. */
export const runs = { embed: 0, report: 0, quote: 0 };

/** Inputs that say nothing of the output, as who asks for it, are left out of the key. */
export const embed = task(
  async function embed({ text, requestedBy }: { text: string; requestedBy: string }) {
    runs.embed++;
    return { letters: text.length, computedFor: requestedBy };
  },
  { cache: true, cacheVersion: "v1", cacheIgnore: ["requestedBy"] },
);

export const embedding = workflow({ text: "warm", requestedBy: "Ada" }, function embedding({ text, requestedBy }) {
  const first = embed({ text, requestedBy });
  // It depends on the first, and has another value where the key does not look.
  const second = embed({ text, requestedBy: first.computedFor });
  return { letters: second.letters };
});

/** Of all that ask at once one computes, and the others wait for its output. */
export const report = task(
  async function report({ month }: { month: string }) {
    runs.report++;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { month, pages: 12 };
  },
  { cache: true, cacheVersion: "v1", cacheSerialize: true },
);

export const reports = workflow({ months: ["May", "May", "June"] }, function reports({ months }) {
  return mapTask(report)({ month: months });
});

/** An output that does not hold for ever is computed anew when it is older than this. */
export const quote = task(
  async function quote({ currency }: { currency: string }) {
    runs.quote++;
    return { currency, rate: 1.5 };
  },
  { cache: true, cacheVersion: "v1", cacheTtlSeconds: 3600 },
);

export const rate = workflow({ currency: "USD" }, function rate({ currency }) {
  return quote({ currency }).rate;
});

export const examples: readonly Example[] = [
  { workflow: "embedding", input: {}, output: { letters: 4 } },
  { workflow: "embedding", input: { requestedBy: "Grace" }, output: { letters: 4 } },
  {
    workflow: "reports",
    input: {},
    output: [
      { month: "May", pages: 12 },
      { month: "May", pages: 12 },
      { month: "June", pages: 12 },
    ],
  },
  { workflow: "rate", input: {}, output: 1.5 },
  // Whoever starts an execution may have all outputs computed anew.
  { workflow: "rate", input: { overwriteCache: true }, output: 1.5 },
  { workflow: "rate", input: { overwriteCache: 1 }, error: "InvalidInputs: workflow rate: overwriteCache must be" },
];
