import { expect, test } from "vitest";
import { ERRORS, FINE, HEAD, WARNINGS, within } from "./cases.ts";
import { sourceMistakes } from "../../../infra/lint/source-mistakes.ts";

const LINES = HEAD.split("\n").length;

/** Each mistake as its line in the source, its severity and the beginning of its message. */
function told(source: string): string[] {
  return sourceMistakes("flows.ts", source).map(
    ({ line, column, severity, message }) => `${line - LINES + 1}:${column} ${severity} ${message.split(":")[0]}`,
  );
}

test.each(ERRORS)("in a workflow's function %s is an error, by line and column", (body, expected) => {
  expect(told(within(body))).toEqual([expect.stringContaining(expected)]);
});

test.each(WARNINGS)("in a workflow's function %s is a warning", (body, expected) => {
  expect(told(within(body))).toEqual([expect.stringContaining(expected)]);
});

test.each([
  ["(i) => i.a ?? i.b", "error i.a ?? … always takes its left side"],
  ["({ a, b }) => (a ? a : b)", "error a ? … "],
  ["(i) => [i.a, i.b || i.a]", "error i.b || … always takes its left side"],
  ["({ a, b }) => (a === 'x' ? a : b)", "error a === 'x' is always false"],
  ["function key(inputs) { if (!inputs.a) return inputs.b; return inputs.a; }", "error !inputs.a is always false"],
  ["({ a = 'm' }) => a", "warning the default of a is never taken"],
  ["byEither", "error a && … always takes its right side"],
])("in the affinityKey %s of a task a Ref is taken for a value", (affinityKey, expected) => {
  const made = `export const t = near.task(async function t(inputs) { return inputs; }, { affinityKey: ${affinityKey} });`;
  const source = `${HEAD}const near = new ActorEnvironment({ name: "n", affinity: true });\n${made}\nfunction byEither({ a, b }) { return a && b; }`;
  expect(told(source)).toEqual([expect.stringContaining(expected)]);
});

test("a mistake in an affinityKey is told with its task, and what to return in its place", () => {
  const source = `${HEAD}const keyOf = (i) => i.a ?? i.b;
export const t = actor.task(async ({ a }) => a, { name: "scored", affinityKey: keyOf });
export const u = actor.task(async ({ a }) => a, { name: "fine", affinityKey: (i) => [i.a, i.b.c] });`;
  expect(sourceMistakes("flows.ts", source).map(({ message }) => message)).toEqual([
    "i.a ?? … always takes its left side: i.a is a Ref, an input of scored, whose value there is only at run time. Return all that the key depends on, in a list such as (inputs) => [inputs.a, inputs.b]: what is missing at run time counts as missing",
  ]);
});

test.each(FINE)("in a workflow's function nothing is wrong with %s", (body) => {
  expect(told(within(body))).toEqual([]);
});

test.each<[string, string[]]>([
  [
    'import { workflow as flow } from "lambent"; export const w = flow({ b: 1 }, ({ b }) => b ? 1 : 2);',
    ["1:88 error"],
  ],
  [
    'import * as lambent from "lambent"; const t = lambent.task(async () => 1); export const w = lambent.workflow({ b: 1 }, (inputs) => inputs.b ? t({}) : 2);',
    ["1:132 error"],
  ],
  [
    'const { workflow: flow } = await import("lambent"); export const w = flow({ b: 1 }, ({ b }) => !b);',
    ["1:97 error"],
  ],
  ["export const w = workflow({ b: 1 }, named); function named({ b }) { return b ? 1 : 2; }", ["1:76 error"]],
  ["const arrow = ({ b }) => (b ? 1 : 2); export const w = workflow({ b: 1 }, arrow);", ["1:27 error"]],
  [
    "const flows = { main({ b }) { return b ? 1 : 2; } }; export const w = workflow({ b: 1 }, flows.main);",
    ["1:38 error"],
  ],
  [
    "class Flows { static main({ b }) { return b ? 1 : 2; } } export const w = workflow({ b: 1 }, Flows.main);",
    ["1:43 error"],
  ],
  ["export const w = workflow({ b: 1 }, ({ b = 2, ...rest }) => [b, rest.c ? 1 : 2]);", ["1:40 warning"]],
  ["export const w = workflow({ b: 1, c: 2 }, ({ b, ...rest }) => [b, rest.c ? 1 : 2]);", ["1:67 error"]],
  ["export const w = workflow({ b: 1 }, (inputs) => (inputs.debug ? 1 : inputs));", []],
  ["export const w = workflow({ b: 1 }, (inputs) => (inputs ? 1 : 2));", []],
  ["export const w = workflow({ b: 1 }, (inputs) => { inputs.b = 0; return inputs.b ? 1 : 2; });", []],
  [
    "export const w = workflow({ b: 1 }, (inputs) => { clear(inputs); return inputs.b ? 1 : 2; }); function clear(o) { o.b = 0; }",
    [],
  ],
  ["export const w = workflow({ b: 1 }, function () { arguments[0].b = 0; return arguments[0].b ? 1 : 2; });", []],
  ["export const w = workflow({ b: 1, c: 1 }, ({ b, ...rest }) => { rest.c = 0; return rest.c ? 1 : 2; });", []],
  [
    "export const w = workflow({ b: 1, c: 1 }, (inputs) => { const { b, ...rest } = inputs; rest.c = 0; return rest.c ? 1 : b; });",
    [],
  ],
  ["export const w = workflow({ b: 1 }, ({ b, ...rest }) => [b, rest.b ? 1 : 2]);", []],
  [
    "export const w = workflow({ a: 1, ...{ b: 2 } }, (inputs: any) => { if (inputs.c) return 1; return inputs.a; });",
    [],
  ],
  [
    "export const w = workflow({ a: 1, ...options }, (inputs: any) => { if (inputs.c) return 1; return inputs.a; });",
    [],
  ],
  [
    "export const w = workflow({ a: 1, ...{ b: 2 } }, (inputs: any) => { if (inputs.b) return 1; return inputs.a; });",
    ["1:73 error"],
  ],
  [
    'import { more } from "./more.ts"; export const w = workflow({ a: 1, ...more }, (inputs: any) => (inputs.c ? 1 : 2));',
    [],
  ],
  ["const d = { b: 1, ...d }; export const w = workflow(d, (inputs: any) => (inputs.c ? 1 : 2));", []],
  ['import { more } from "./more.ts"; export const w = workflow(more, (inputs: any) => (inputs.c ? 1 : 2));', []],
  [
    'import { more } from "./more.ts"; export const w = workflow({ a: 1, ...more }, (inputs: any) => (inputs.a ? 1 : 2));',
    ["1:98 error"],
  ],
  [
    "export function helper(value: unknown) { return value ? 1 : 2; } export const w = workflow({ b: 1 }, ({ b }) => helper(b));",
    [],
  ],
  [
    "function helper(value: unknown) { return value ? 1 : 2; } export { helper }; export const w = workflow({ b: 1 }, ({ b }) => helper(b));",
    [],
  ],
  ["function ours(fn) { return fn({ b: 1 }); } ours(({ b }) => (b ? 1 : 2));", []],
  ['import { workflow as other } from "other"; export const w = other({ b: 1 }, ({ b }) => (b ? 1 : 2));', []],
])("workflows are known however they are made: %s", (source, places) => {
  expect(told(HEAD + source)).toEqual(places.map((place) => expect.stringContaining(place)));
});

test("JavaScript and JSX are read, and what does not parse is left to the bundler", () => {
  expect(
    sourceMistakes(
      "a.mjs",
      'import { workflow } from "lambent";\nexport const w = workflow({ b: 1 }, ({ b }) => b ? 1 : 2);',
    ),
  ).toHaveLength(1);
  expect(
    sourceMistakes(
      "a.tsx",
      'import { workflow } from "lambent";\nexport const w = workflow({ b: 1 }, ({ b }) => b ? <a/> : 2);',
    ),
  ).toHaveLength(1);
  expect(sourceMistakes("a.ts", "const = ;")).toEqual([]);
});

test("a message names the Ref, where it comes from, what happens, and the remedy", () => {
  function message(body: string): string | undefined {
    return sourceMistakes("a.ts", `${HEAD}export const wf = workflow({ a: 1 }, function wf({ a }) { ${body} });`)[0]
      ?.message;
  }
  expect(message("const s = score({ text: '' }); return s.ok ? 1 : 2;")).toBe(
    "s.ok ? … : … always takes its first branch: s.ok is a Ref, what score(…) gives, whose value there is only at run time. " +
      "Use conditional(isTrue(s.ok), () => …, () => …), or decide in a task",
  );
  expect(message("if (3 <= a) return 1;")).toBe(
    "3 <= a cannot be told: a is a Ref, an input of wf, whose value there is only at run time. " +
      "Use conditional(not(lt(a, 3)), () => …, () => …), or compare in a task",
  );
  expect(message("if (!eq(a, 1)) return 1;")).toBe(
    "!eq(…) is always false: eq(…) is a Condition, which the state machine tests at run time. Use not(eq(…))",
  );
  expect(message("while (a) rate({ n: 1 });")).toContain("Loop within a task, or use mapTask");
});

test("what depends on many variables is worked out once", () => {
  const lines = Array.from({ length: 200 }, (_, n) => `let v${n + 1} = v${n}; v${n + 1} = v${n};`).join("\n");
  expect(told(within(`let v0 = a;\n${lines}\nif (v200) return 1;`))).toEqual([
    expect.stringContaining("error if (v200)"),
  ]);
});
