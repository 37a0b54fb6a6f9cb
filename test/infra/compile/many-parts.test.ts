import { expect, test } from "vitest";
import "../../support/store-directory.ts";
import {
  and,
  conditional,
  eq,
  expr,
  isIn,
  isTrue,
  mapTask,
  not,
  or,
  required,
  task,
  waitForInput,
  workflow,
} from "lambent";
import { run } from "lambent/local";

// AWS evaluates expressions that are nested 100 deep at most, and an operator nests all that is to the left of it.

const NAMES = Array.from({ length: 120 }, (_, index) => `f${index}`);

function record<T>(value: (name: string, index: number) => T): Record<string, T> {
  return Object.fromEntries(NAMES.map((name, index) => [name, value(name, index)]));
}

const joining = task(async function joining(parts: Record<string, string>) {
  return Object.values(parts).join("").length;
});

test("an answer with several hundred fields is looked at, and each that is wrong is told", async () => {
  const wf = workflow({}, () => waitForInput("form", { timeout: "1h", schema: record(() => "") }), { name: "wf" });
  const form = record((name) => name);
  expect(await run(wf, {}, { answers: { form } })).toEqual(form);
  const { f119: _, ...missing } = form;
  await expect(run(wf, {}, { answers: { form: { ...missing, f7: 7 } } })).rejects.toThrow(
    "it.f7 must be of type string, not number; it.f119 must be of type string, not missing",
  );
});

test("a text of several hundred parts, and a condition of several hundred, are computed", async () => {
  const wf = workflow(
    { n: 0 },
    ({ n }) => {
      const parts = Object.assign([...NAMES, ""], { raw: [...NAMES, ""] });
      const text = expr.format(parts, ...NAMES.map(() => n));
      return conditional(
        and(...NAMES.map(() => isIn(n, [0, 1])), not(or(...NAMES.map(() => eq(n, 1))))),
        () => expr.length(expr.range(0, n)),
        () => text,
      );
    },
    { name: "wf" },
  );
  expect(await run(wf)).toBe(0);
  expect(await run(wf, { n: 1 })).toBe(NAMES.map((name) => `${name}1`).join(""));
});

test("a map over several hundred lists has an item for each element, and tells which is no list", async () => {
  const wf = workflow(
    { lists: required<Record<string, string[]>>() },
    ({ lists }) => mapTask(joining)(record((name) => lists[name] as never)),
    { name: "wf" },
  );
  const lists = record(() => ["a", "bc"]);
  expect(await run(wf, { lists })).toEqual([120, 240]);
  // Causes have the expression before the message, and are cut.
  const some = NAMES.slice(0, 40);
  const fewer = workflow(
    { lists: required<Record<string, string[]>>() },
    ({ lists }) => mapTask(joining)(Object.fromEntries(some.map((name) => [name, lists[name] as never]))),
    { name: "fewer" },
  );
  await expect(run(fewer, { lists: { ...lists, f35: "no" as never } })).rejects.toThrow(
    "f35 must be a list, not string",
  );
  await expect(run(fewer, { lists: { ...lists, f35: ["a"] } })).rejects.toThrow("f34 has 2, f35 has 1");
});

test("an input of which several hundred fields are read is data, whatever the names of fields within it", async () => {
  const echo = task(async ({ value }: { value: unknown }) => value, { name: "echo" });
  const wf = workflow(
    { all: required<Record<string, { flag: boolean; data: unknown }>>() },
    ({ all }) => ({
      flags: NAMES.map((name) => all[name]!.flag),
      last: echo({ value: all["f119"]!.data }),
      first: conditional(
        isTrue(all["f0"]!.flag),
        () => echo({ value: all["f0"]!.data }),
        () => null,
      ),
    }),
    { name: "wf" },
  );
  const data = { $s3File: { uri: "s3://other/key", version: "1", format: "x" } };
  const all = record((_, index) => ({ flag: index % 2 === 0, data: index === 119 ? data : index }));
  expect(await run(wf, { all })).toEqual({ flags: NAMES.map((_, index) => index % 2 === 0), last: data, first: 0 });
});
