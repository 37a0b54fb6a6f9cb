import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json } from "../../../sdk/base/json.ts";
import { decodeValue } from "../../../sdk/values/crossing.ts";
import { servedProject } from "../../support/served-project.ts";

/** `seen` is what a task's function got, word for word; `value` is the same on its way out. */
const FLOWS = `
import { ActorEnvironment, conditional, isTrue, mapTask, partial, required, S3File, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "looker", replicaCount: 2 });
interface Look { seen: string; value: unknown }
const look = actor.task(async function look({ value, other }: { value: unknown; other?: unknown }): Promise<Look> {
  const got = other === undefined ? value : [value, other];
  return { seen: JSON.stringify(got), value: got };
});
const again = task(async function again({ value }: { value: unknown }): Promise<Look> {
  return { seen: JSON.stringify(value), value };
}, { cache: true, cacheVersion: "1" });
const enlarge = task(async function enlarge({ value }: { value: unknown }) {
  return { value, padding: "x".repeat(300_000) };
});
const shrink = actor.task(async function shrink({ large }: { large: { value: unknown } }): Promise<Look> {
  return { seen: JSON.stringify(large.value), value: large.value };
});
const inner = workflow({ value: null as unknown, list: [] as unknown[], field: { deep: null as unknown } }, function inner({ value, list, field }) {
  return { value, looked: look({ value }), each: mapTask(look)({ value: list }), deep: look({ value: field.deep }), field };
});
const INPUTS = { flag: true, whole: null as unknown, list: [] as unknown[], pairs: [] as [unknown, unknown][], parts: { name: null as unknown, list: [] as unknown[], rest: null as unknown } };
export const storing = workflow({}, function storing() {
  return shrink({ large: enlarge({ value: "secret" }) });
});
export const taking = workflow({ value: null as unknown, parts: { name: null as unknown } }, function taking({ value, parts }) {
  return { value: look({ value }), parts: look({ value: parts }), name: parts.name };
});
export const everywhere = workflow(INPUTS, function everywhere({ flag, whole, list, pairs, parts }) {
  const either = conditional(isTrue(flag), () => ({ one: whole, many: list }), () => ({ one: look({ value: whole }).value, many: look({ value: list }).value as unknown[] }));
  const nested = inner({ value: parts.name, list: parts.list, field: { deep: pairs[0]![1] } });
  return {
    looks: [look({ value: whole }), look({ value: { whole, in: [parts.name, "{% 1 %}"] } }), look({ value: parts }), look({ value: parts.rest, other: list })],
    cached: again({ value: whole }),
    large: shrink({ large: enlarge({ value: whole }) }),
    each: mapTask(look)({ value: list }),
    zipped: mapTask(partial(look, {}))({ value: list, other: parts.list }),
    bound: mapTask(partial(look, { other: whole }))({ value: list }),
    either: { one: look({ value: either.one }), many: mapTask(look)({ value: either.many }), either },
    nested,
    returned: { whole, list, name: parts.name, pair: pairs[0]![0], parts },
  };
});
`;

const project = servedProject({ "flow.ts": FLOWS });

/** What a workflow returns, as whoever knows Lambent's marks reads it. */
async function output(workflow: string, input: object): Promise<unknown> {
  const execution = await project.execute(workflow, input);
  expect(execution).toMatchObject({ status: "SUCCEEDED" });
  return decodeValue(JSON.parse(execution.output ?? "") as Json);
}

interface Given {
  readonly flag: boolean;
  readonly whole: unknown;
  readonly list: readonly unknown[];
  readonly pairs: readonly (readonly [unknown, unknown])[];
  readonly parts: { readonly name: unknown; readonly list: readonly unknown[]; readonly rest: unknown };
}

/** What `everywhere` gives if all that it is given crosses unchanged. */
function expected({ whole, list, pairs, parts }: Given): unknown {
  function looked(value: unknown): unknown {
    return { seen: JSON.stringify(value), value };
  }
  return {
    looks: [looked(whole), looked({ whole, in: [parts.name, "{% 1 %}"] }), looked(parts), looked([parts.rest, list])],
    cached: looked(whole),
    large: looked(whole),
    each: list.map(looked),
    zipped: list.map((value, index) => looked([value, parts.list[index]])),
    bound: list.map((value) => looked([value, whole])),
    either: { one: looked(whole), many: list.map(looked), either: { one: whole, many: list } },
    nested: {
      value: parts.name,
      looked: looked(parts.name),
      each: parts.list.map(looked),
      deep: looked(pairs[0]?.[1]),
      field: { deep: pairs[0]?.[1] },
    },
    returned: { whole, list, name: parts.name, pair: pairs[0]?.[0], parts },
  };
}

const file = { uri: "s3://local/test-dev-looker/values/secret.json", version: "*", format: "txt" };
const keys = fc.constantFrom(
  "$s3File",
  "$plain",
  "$absent",
  "$stored",
  "$given",
  "__proto__",
  "constructor",
  "toString",
  "then",
  "",
  "0",
  "a",
);
const leaves = fc.oneof(
  fc.constantFrom<unknown>(
    { $absent: 1 },
    { $plain: "abc" },
    { $plain: { $absent: true } },
    { $given: { $stored: "x" } },
    { $s3File: file },
    { $stored: `test-dev-looker/values/${"0".repeat(64)}.json` },
    "$stored",
    "{% $states.input %}",
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const { any } = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaves,
    fc.dictionary(keys, tie("any"), { maxKeys: 3 }),
    fc.array(tie("any"), { maxLength: 3 }),
  ),
}));

test(
  "data that looks like Lambent's marks crosses unchanged wherever a value can go",
  { timeout: 120_000 },
  async () => {
    const lists = fc.array(fc.tuple(any, any), { maxLength: 3 });
    const given = fc.record({
      flag: fc.boolean(),
      whole: any,
      lists,
      pair: fc.tuple(any, any),
      name: any,
      rest: any,
      extra: fc.dictionary(keys, any, { maxKeys: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ flag, whole, lists: zipped, pair, name, rest, extra }) => {
        const input = JSON.parse(
          JSON.stringify({
            flag,
            whole,
            list: zipped.map(([left]) => left),
            pairs: [pair],
            parts: { ...extra, name, list: zipped.map(([, right]) => right), rest },
          }),
        ) as Given;
        expect(JSON.stringify(sorted(await output("everywhere", input)))).toBe(JSON.stringify(sorted(expected(input))));
      }),
      { numRuns: 30 },
    );
  },
);

/** With the keys of all objects in order: states may change it, and it means nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, field]): [string, unknown] => [key, sorted(field)]);
  return Object.fromEntries(entries.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

const NOTHING: Given = { flag: true, whole: 1, list: [], pairs: [[1, 2]], parts: { name: 1, list: [], rest: 1 } };

test("a mark crosses at the bottom of what is as deep as values can be, and thousands of them at once", async () => {
  let deep: unknown = { $stored: "x" };
  for (let level = 0; level < 440; level++) deep = level % 2 === 0 ? [deep] : { a: deep };
  const many = Array.from({ length: 60 }, (_, index) => ({ $plain: { $absent: index } }));
  for (const input of [
    { ...NOTHING, whole: deep, parts: { name: deep, list: [deep], rest: 0 }, list: [deep] },
    { ...NOTHING, whole: many, parts: { name: many, list: [many], rest: 0 }, list: [1] },
  ])
    expect(sorted(await output("everywhere", input))).toEqual(sorted(expected(input)));
  const thousands = Array.from({ length: 3000 }, (_, index) => ({ $plain: { $absent: index } }));
  const { value } = (await output("taking", { value: thousands })) as { value: unknown };
  expect(value).toEqual({ seen: JSON.stringify(thousands), value: thousands });
});

test("an object from which a workflow reads a field keeps all of its fields, whatever they are called", async () => {
  const parts = JSON.parse(
    '{"name": {"$stored": "x"}, "list": [], "rest": 1, "__proto__": {"$plain": 1}, "constructor": {"$absent": 1}, "": [{"$given": 1}]}',
  ) as Given["parts"];
  const input = { ...NOTHING, parts };
  expect(JSON.stringify(sorted(await output("everywhere", input)))).toBe(JSON.stringify(sorted(expected(input))));
});

test("no caller gets a value that another execution has stored, in whatever place its key is given", async () => {
  await output("storing", {});
  const directory = join(project.root, ".lambent/store/local/test-dev-tasks/values");
  const [name = ""] = readdirSync(directory);
  const stolen = { $stored: `test-dev-tasks/values/${name}` };
  const looked = { seen: JSON.stringify(stolen), value: stolen };
  expect(await output("taking", { value: stolen, parts: stolen })).toEqual({
    value: looked,
    parts: looked,
    name: null,
  });
  for (const wrapped of [
    [stolen],
    { a: stolen, b: 1 },
    { $plain: stolen },
    { $given: stolen },
    { $plain: { a: stolen } },
  ]) {
    const { value } = (await output("taking", { value: wrapped, parts: { name: wrapped } })) as { value: unknown };
    expect(value).toEqual({ seen: JSON.stringify(wrapped), value: wrapped });
  }
});

test("a file is data to a task where the input is none, and no S3File", async () => {
  const file = { $s3File: { uri: "s3://local/files/a.txt", version: "1", format: "txt" } };
  expect(await output("taking", { value: file })).toMatchObject({ value: { seen: JSON.stringify(file), value: file } });
});
