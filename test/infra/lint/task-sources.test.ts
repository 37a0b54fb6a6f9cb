import { expect, test } from "vitest";
import { taskSources } from "../../../infra/lint/task-sources.ts";
import type { ImportedValue } from "../../../infra/lint/imports.ts";

const HEAD = `import { ActorEnvironment } from "lambent";
import { loadOther, plain } from "./other.ts";
const actor = new ActorEnvironment({ name: "a", affinity: true });
const load = actor.cache(async (model: string, options?: object) => model);
const { cache } = actor;
const second = cache(function second(name: string) { return name; });
let changing = 0;
changing++;
`;

const imported: ImportedValue = (specifier, name) =>
  specifier === "./other.ts" && name === "loadOther" ? { kind: "cached" } : undefined;

/** The inputs by which the task that `fn` makes is cached. */
function cachedBy(fn: string): readonly (readonly string[])[] | undefined {
  const [source] = taskSources("a.ts", `${HEAD}const made = actor.task(${fn});`, imported);
  expect(source).toMatchObject({ name: "t", variable: "made" });
  return source?.cachedBy;
}

test.each<[string, string[][]]>([
  ["async function t({ text, model }) { return (await load(model)) + text; }", [["model"]]],
  ["async function t(inputs: Inputs) { return load(inputs.model); }", [["model"]]],
  ["async function t(inputs) { return load(inputs['a model']); }", [["a model"]]],
  ["async function t(inputs) { const { model } = inputs; return load(model); }", [["model"]]],
  [
    "async function t(inputs) { const { options: { model: name = 'm' } } = inputs; return load(name); }",
    [["options", "model"]],
  ],
  [
    "async function t({ options }) { const wanted = options.model; return load(wanted!.name); }",
    [["options", "model", "name"]],
  ],
  ["async function t({ models: [first] }) { return load(first); }", [["models", "0"]]],
  ["async function t({ models }) { return load(models[0]); }", [["models", "0"]]],
  ["async function t({ a, b }) { await load(a); return load(b, { size: 1 }); }", [["a"], ["b"]]],
  ["async function t({ a, b }) { return load(a, { size: b.size, a }); }", [["a"], ["b", "size"]]],
  ["async function t({ a }) { const name = `${a}-v1`.trim(); return load(name); }", [["a"]]],
  ["async function t({ a }) { return load(a as string), load(a); }", [["a"]]],
  ["async function t({ a, list }) { return list.map(async (one) => (await load(a)) + one); }", [["a"]]],
  ["async function t({ a, b }) { return second(a) + (await loadOther(b)) + plain(b.c); }", [["a"], ["b"]]],
  ["async ({ a }) => load(a), { name: 't' }", [["a"]]],
  ["async function t({ model }) { return load(model.trim()); }", [["model"]]],
  ["async function t(inputs) { return load(inputs.options.model.toLowerCase().trim()); }", [["options", "model"]]],
  ["async function t({ model }) { return load(model?.trim()); }", [["model"]]],
  ["async function t({ model }) { return load(model['trim']()); }", [["model"]]],
  ["async function t({ model, to }) { return load(model.slice(0, to.end)); }", [["model"], ["to", "end"]]],
  ["async function t({ text }) { return load(text.length > 5 ? 'large' : 'small'); }", [["text"]]],
  ["async function t({ text: { length } }) { return load(length); }", [["text"]]],
  ["async function t({ doc }) { const { length } = doc.text; return load(length); }", [["doc", "text"]]],
  ["async function t({ text }) { return load(text.length.toFixed(1)); }", [["text"]]],
  ["async function t({ length }) { return load(length); }", [["length"]]],
  ["async function t(inputs) { return load(inputs.length); }", [["length"]]],
  ["async function t({ doc }) { return load(doc.link); }", [["doc", "link"]]],
  ["async function t({ names }) { return load(names.join('-')); }", [["names"]]],
  ["async function t({ names }) { return load(...names); }", [["names"]]],
  ["async function t({ options }) { return load('m', { ...options, size: 1 }); }", [["options"]]],
  ["async function t({ a, b }) { return load(`${a.trim()}-${b}`); }", [["a"], ["b"]]],
  ["async function t({ a, b }) { return load(a ?? b); }", [["a"], ["b"]]],
  ["async function t({ c, a, b }) { return load(c ? a : b.id); }", [["c"], ["a"], ["b", "id"]]],
  ["async function t({ model = 'm' }) { return load(model); }", [["model"]]],
  ["async function t({ base, model = base.trim() }) { return load(model); }", [["model"], ["base"]]],
  [
    "async function t({ base, options }) { const { model = base } = options; return load(model); }",
    [["options", "model"], ["base"]],
  ],
  ["async function t({ model: name }) { const alias = name; return load(alias); }", [["model"]]],
  ["async function t({ model }) { const name = model.trim(); const alias = name; return load(alias); }", [["model"]]],
  ["async function other({ a }) { return load(a); }, { retries: 2, name: 't' }", [["a"]]],
])("of %s the compiler sees what reaches a cached function", (fn, paths) => {
  expect(cachedBy(fn)).toEqual(paths);
});

test.each([
  "async function t({ a }) { return a; }",
  "async function t() { return load('m'); }",
  "async function t(inputs) { return load(inputs); }",
  "async function t({ ...rest }) { return load(rest.model); }",
  "async function t({ models }) { for (const model of models) await load(model); }",
  "async function t({ models }) { return models.map((model) => load(model)); }",
  "async function t({ models }) { return models.map(load); }",
  "async function t({ a }) { let name = a; name += '!'; return load(name); }",
  "async function t({ a }) { a = a + 1; return load(a); }",
  "async function t({ a }) { return load(changing); }",
  "async function t({ a, b }) { await load(a); let c = b; c++; return load(c); }",
  "async function t({ a }) { return load(() => a); }",
  "async function t(inputs) { return load(inputs.toString()); }",
  "async function t({ a, b = changing }) { return load(b); }",
  "async function t({ a, key }) { return plain(a[key]); }",
])("of %s it sees no key", (fn) => {
  expect(cachedBy(fn)).toBeUndefined();
});

test("functions that are named, and tasks in lists and objects, are found with their places", () => {
  const text = `${HEAD}async function score({ model }) { return load(model); }
const arrow = async ({ id }) => load(id);
export const tasks = { one: actor.task(score), two: actor.task(arrow, { timeout: 5 }) };
export default actor.task(async function third({ a }) { return load(a); });
`;
  expect(taskSources("a.ts", text, imported)).toEqual([
    { name: "score", variable: "tasks", line: 11, column: 29, inputs: ["model"], cachedBy: [["model"]] },
    { name: "arrow", variable: "tasks", line: 11, column: 53, inputs: ["id"], cachedBy: [["id"]] },
    { name: "third", line: 12, column: 16, inputs: ["a"], cachedBy: [["a"]] },
  ]);
});

test.each<[string, string[] | undefined]>([
  ["async function t({ a, b: renamed = 1, 'c d': [first] }) { return first; }", ["a", "b", "c d"]],
  ["async function t({ a } = {}) { return a; }", ["a"]],
  ["async function t() { return 1; }", undefined],
  ["async function t(inputs) { return inputs.a; }", undefined],
  ["async function t({ a, ...rest }) { return rest; }", undefined],
  ["async function t({ a, [changing]: b }) { return b; }", undefined],
])("of %s the names of the inputs are known where all of them are written", (fn, inputs) => {
  expect(taskSources("a.ts", `${HEAD}const made = actor.task(${fn});`)[0]?.inputs).toEqual(inputs);
});

test("a module that does not parse has no tasks", () => {
  expect(taskSources("a.ts", "const = 1")).toEqual([]);
});
