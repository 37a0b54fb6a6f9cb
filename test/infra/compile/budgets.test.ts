import { expect, test } from "vitest";
import { conditional, eq, isNull, mapTask, partial, task, workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";

const make = task(async function make({ n = 0 }: { n?: number }) {
  return { n, items: ["a"], inner: { count: 1, text: "t" } };
});
const use = task(async function use({ value, other }: { value?: unknown; other?: unknown }) {
  return [value, other];
});

/** What each state that runs a task tells it of its budget, by the state's name. */
function budgets({ graph }: { readonly graph: Parameters<typeof compile>[0] }): Record<string, unknown> {
  const definition = compile(graph, target);
  expect(validateDefinition(JSON.stringify(definition), "STANDARD")).toEqual([]);
  const found: Record<string, unknown> = {};
  JSON.stringify(definition, (name, state: { Arguments?: { Payload?: { budget?: unknown } } } | null) => {
    if (state?.Arguments?.Payload?.budget !== undefined) found[name] = state.Arguments.Payload.budget;
    return state;
  });
  return found;
}

/** Bytes that one value may take which crosses alone. */
const ALL = 245_760;

test("an output that is passed on whole has all there is to spend, a workflow's own output must be as it is", () => {
  const wf = workflow({}, function wf() {
    return use({ value: make({}) });
  });
  expect(budgets(wf)).toEqual({
    make: { bytes: ALL },
    use: { bytes: ALL, reads: { by: "the caller of workflow wf" } },
  });
});

test("a list may be stored as one if none but maps and tasks read it, and not if an element is read in the workflow", () => {
  const each = mapTask(use);
  const mapped = workflow({}, function mapped() {
    const made = make({});
    return use({ value: each({ value: made.items }), other: made.items });
  });
  expect(budgets(mapped)["make"]).toMatchObject({ reads: { fields: { items: { fields: {}, list: true } } } });
  const compared = workflow({}, function compared() {
    const made = make({});
    return use({
      value: each({ value: made.items }),
      other: conditional(
        eq(made.items[0]!, "a"),
        () => make({ n: 1 }),
        () => make({ n: 2 }),
      ),
    });
  });
  expect(budgets(compared)["make"]).toMatchObject({
    reads: { fields: { items: { fields: { 0: {} } } } },
  });
  expect(JSON.stringify(budgets(compared)["make"])).not.toContain('"list":true');
});

test("the inputs of a task share it, less what literals take", () => {
  const wf = workflow({}, function wf() {
    const value = make({});
    const other = make({ n: 1 });
    use({ value, other: [other, "x".repeat(998)] });
    return "done";
  });
  expect(budgets(wf)).toMatchObject({
    make: { bytes: (ALL - 1000) / 2 },
    make2: { bytes: (ALL - 1000) / 2 },
    use: { bytes: ALL },
  });
});

test("a field that is passed on leaves its object in place; one that is compared must be there", () => {
  const wf = workflow({}, function wf() {
    const made = make({});
    use({ value: made.inner.text });
    return conditional(
      eq(made.inner.count, 1),
      () => 1,
      () => 2,
    );
  });
  expect(budgets(wf)["make"]).toEqual({
    bytes: ALL,
    reads: { by: "choice", fields: { inner: { by: "choice", fields: { count: { by: "choice" } } } } },
  });
});

test("whether it is null can be told of a mark too", () => {
  const wf = workflow({}, function wf() {
    return conditional(
      isNull(make({})),
      () => 1,
      () => 2,
    );
  });
  expect(budgets(wf)["make"]).toEqual({ bytes: ALL });
});

test("a map's items share the budget of their list, by how many there are at run time", () => {
  const wf = workflow({ n: [1, 2] }, function wf({ n }) {
    const made = mapTask(make, { mode: "inline" })({ n });
    const inners = mapTask(partial(use, { other: made }), { mode: "inline" })({ value: made[0]?.items as never });
    use({ value: [made, inners] });
    return mapTask(make)({ n: [1, 2, 3] })[1]?.n;
  });
  expect(budgets(wf)).toEqual({
    makeItem: {
      bytes: `{% $floor(${ALL / 2} / $count($n)) - 16 %}`,
      reads: {
        by: "use",
        fields: {
          items: {
            by: expect.stringMatching(/^use \(a map of mode "inline" or of an EXPRESS workflow: /) as string,
            fields: {},
          },
        },
      },
    },
    useItem: { bytes: expect.stringMatching(/^\{% \$floor\(122880 \/ \$count\(.*items.*\)\) - 16 %\}$/) },
    use2: { bytes: ALL },
    make2Item: {
      bytes: ALL / 3 - 16,
      reads: {
        by: "the caller of workflow wf",
        fields: { n: { by: "the caller of workflow wf" } },
      },
    },
  });
});

test("what a nested workflow is given and returns goes by what is read of it there and here", () => {
  const inner = workflow({ value: {} as { deep: number } }, function inner({ value }) {
    return {
      used: use({ value }),
      same: conditional(
        eq(value.deep, 1),
        () => 1,
        () => 2,
      ),
    };
  });
  const wf = workflow({}, function wf() {
    const { used, same } = inner({ value: make({}) as never });
    use({ value: used });
    return same;
  });
  expect(budgets(wf)).toMatchObject({
    make: {
      reads: { by: "choice of workflow inner", fields: { deep: { by: "choice of workflow inner" } } },
    },
    // It is returned beside something else.
    inner_use: { bytes: ALL / 2 },
    use: { bytes: ALL },
  });
});

test("branches share the budget of what leaves them, and variables that of the execution", () => {
  const crossed = workflow({}, function crossed() {
    const [x, y, z] = [make({}), make({}), make({})];
    for (const [value, other] of [
      [x, y],
      [y, z],
      [z, x],
    ])
      use({ value, other });
    return 1;
  });
  expect(budgets(crossed)).toMatchObject({
    make: { bytes: ALL / 3 },
    make2: { bytes: ALL / 3 },
    use: { bytes: ALL / 3 },
  });
  const long = workflow({}, function long() {
    let value: unknown = make({});
    for (let step = 0; step < 99; step++) value = use({ value });
    return 1;
  });
  // 10 MiB of variables, less the most that the execution's input and output and the definition's literals can take.
  expect(budgets(long)).toMatchObject({
    make: { bytes: Math.floor((10 * 1024 * 1024 - 2 * 262_144 - 1_048_576) / 100) },
  });
});

test("a conditional that nobody reads takes no share of what leaves the branches beside it", () => {
  const wf = workflow({ n: 1 }, function wf({ n }) {
    conditional(
      eq(n, 1),
      () => use({ value: make({ n }) }),
      () => 2,
    );
    make({ n });
    return 1;
  });
  expect(budgets(wf)).toMatchObject({ make: { bytes: ALL }, make2: { bytes: ALL } });
});
