import "../../support/store-directory.ts";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { conditional, gt, mapTask, partial, task, workflow, type Ref } from "lambent";
import { run } from "lambent/local";

/** The law: a workflow gives what its functions would give if they simply ran, whatever the size of what they return. */

interface Made {
  id: string;
  size: number;
  text: string;
  items: string[];
  inner: { deep: { text: string }; pair: [string, string] };
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Distinct text of so many bytes, with some that take two. */
function text(bytes: number, seed: string): string {
  return `${seed}é"`.repeat(Math.ceil(bytes / 10)).slice(0, bytes);
}

async function combine({ left, right, size }: { left: unknown; right?: unknown; size: number }): Promise<Made> {
  const id = hash([left, right, size]).slice(0, 6);
  return {
    id,
    size,
    text: text(size, id),
    items: [0, 1, 2, 3].map((index) => text(size / 2, `${id}${index}`)),
    inner: { deep: { text: text(size, `${id}d`) }, pair: [text(size, `${id}p`), "b"] },
  };
}
async function digest({ value }: { value: unknown }): Promise<string> {
  return hash(value);
}
async function stretch({ value, by }: { value: string; by: number }): Promise<string> {
  return value.slice(0, 50_000).repeat(by);
}

const combineTask = task(combine, { name: "combine" });
const digestTask = task(digest, { name: "digest" });
const stretchTask = task(stretch, { name: "stretch" });
const innerWorkflow = workflow({ value: null as unknown, size: 0 }, function inner({ value, size }) {
  const made = combineTask({ left: value, size });
  return { made, half: made.items[1] };
});

/** One step, as a workflow traces it and as its functions would simply run. Both make a `Made`. */
interface Kind {
  traced(left: Ref<Made>, right: Ref<Made>, size: number): Ref<Made>;
  simple(left: Made, right: Made, size: number): Promise<Made>;
}

const kinds: Readonly<Record<string, Kind>> = {
  whole: {
    traced: (left, right, size) => combineTask({ left, right, size }),
    simple: (left, right, size) => combine({ left, right, size }),
  },
  fields: {
    traced: (left, right, size) =>
      combineTask({ left: { text: left.inner.deep.text, id: left.id }, right: right.items[2], size }),
    simple: (left, right, size) =>
      combine({ left: { text: left.inner.deep.text, id: left.id }, right: right.items[2], size }),
  },
  mapped: {
    traced: (left, right, size) => {
      const stretched = mapTask(partial(stretchTask, { by: 3 }))({ value: left.items });
      return combineTask({ left: mapTask(digestTask)({ value: stretched }), right: [stretched[1], right], size });
    },
    simple: async (left, right, size) => {
      const stretched = await Promise.all(left.items.map((value) => stretch({ value, by: 3 })));
      const digests = await Promise.all(stretched.map((value) => digest({ value })));
      return combine({ left: digests, right: [stretched[1], right], size });
    },
  },
  chosen: {
    traced: (left, right, size) => {
      const either = conditional(
        gt(left.size, 50_000),
        () => ({ one: left, other: right.inner }),
        () => ({ one: combineTask({ left: right, size }), other: left.inner }),
      );
      return combineTask({ left: either.one, right: either.other.pair, size });
    },
    simple: async (left, right, size) =>
      left.size > 50_000
        ? combine({ left, right: right.inner.pair, size })
        : combine({ left: await combine({ left: right, size }), right: left.inner.pair, size }),
  },
  nested: {
    traced: (left, right, size) => {
      const { made, half } = innerWorkflow({ value: [left, right.text], size });
      return combineTask({ left: made, right: half, size });
    },
    simple: async (left, right, size) => {
      const made = await combine({ left: [left, right.text], size });
      return combine({ left: made, right: made.items[1], size });
    },
  },
};

test("a workflow gives what its functions would give if they simply ran, whatever the sizes", async () => {
  const step = fc.record({
    kind: fc.constantFrom(...Object.keys(kinds)),
    left: fc.nat(),
    right: fc.nat(),
    size: fc.constantFrom(0, 40, 8_000, 60_000, 130_000, 262_000, 300_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      const first = await combine({ left: 0, size: 70_000 });
      const simple = [first];
      for (const { kind, left, right, size } of steps) {
        const { [kind]: chosen = kinds["whole"] as Kind } = kinds;
        function at(index: number): Made {
          return simple[index % simple.length] ?? first;
        }
        simple.push(await chosen.simple(at(left), at(right), size));
      }
      const traced = workflow({ size: 70_000 }, function traced({ size: start }) {
        const begin = combineTask({ left: 0, size: start });
        const values: Ref<Made>[] = [begin];
        for (const { kind, left, right, size } of steps) {
          const { [kind]: chosen = kinds["whole"] as Kind } = kinds;
          function at(index: number): Ref<Made> {
            return values[index % values.length] ?? begin;
          }
          values.push(chosen.traced(at(left), at(right), size));
        }
        return { digest: digestTask({ value: values }), ids: values.map(({ id }) => id) };
      });
      expect(await run(traced)).toEqual({ digest: hash(simple), ids: simple.map(({ id }) => id) });
    }),
    { numRuns: 25 },
  );
}, 120_000);
