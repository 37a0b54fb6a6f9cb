import "../../support/store-directory.ts";
import { expect, test } from "vitest";
import { task, workflow } from "lambent";
import { run } from "lambent/local";

/** A workflow of one task that counts how often its function runs. */
function counting(options: { cacheVersion: string }): {
  runs: () => number;
  call: (inputs: object) => Promise<unknown>;
} {
  let runs = 0;
  const counted = task(
    async function counted({ value }: { value: unknown }) {
      return { runs: ++runs, value } as never;
    },
    { cache: true, ...options },
  );
  const wf = workflow({ value: null as unknown }, function wf({ value }) {
    return counted({ value });
  });
  return { runs: () => runs, call: (inputs) => run(wf, inputs) };
}

test("a cached task runs once for equal inputs, whatever the order of their keys", async () => {
  const { runs, call } = counting({ cacheVersion: "v1" });
  expect(await call({ value: { a: 1, b: [2] } })).toEqual({ runs: 1, value: { a: 1, b: [2] } });
  expect(await call({ value: { b: [2], a: 1 } })).toEqual({ runs: 1, value: { a: 1, b: [2] } });
  expect(await call({ value: { a: 1, b: [3] } })).toEqual({ runs: 2, value: { a: 1, b: [3] } });
  expect(runs()).toBe(2);
});

test("another version runs anew", async () => {
  expect(await counting({ cacheVersion: "v2" }).call({ value: 0 })).toEqual({ runs: 1, value: 0 });
  const third = counting({ cacheVersion: "v3" });
  await third.call({ value: 0 });
  expect(third.runs()).toBe(1);
});

test("null is an output like any other; a failure is not kept", async () => {
  let runs = 0;
  const sometimes = task(
    async function sometimes() {
      if (++runs === 1) throw new Error("the first time");
      return null;
    },
    { cache: true, cacheVersion: "v1" },
  );
  const wf = workflow({}, function wf() {
    return sometimes({});
  });
  await expect(run(wf)).rejects.toThrow("the first time");
  expect(await run(wf)).toBe(null);
  expect(await run(wf)).toBe(null);
  expect(runs).toBe(2);
});
