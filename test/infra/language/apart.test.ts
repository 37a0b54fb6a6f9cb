import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../sdk/base/json.ts";
import { evaluationMessage } from "../../../infra/language/jsonata-engine.ts";
import { compile, evaluateFully } from "../../../infra/language/jsonata-expression.ts";
import { ResultTooLarge } from "../../../infra/language/evaluation-limits.ts";
import { jsonataLanguage } from "../../../infra/language/jsonata.ts";
import { immediateJsonpath, jsonpathLanguage } from "../../../infra/language/jsonpath.ts";
import type { View } from "../../../infra/language/language.ts";
import { view } from "../../support/view.ts";

/** A view with numbers and ids of its own, always the same. */
function counting(input: Json): View {
  let drawn = 0;
  return {
    ...view(input),
    now: () => 1_700_000_000_000,
    random: () => (++drawn % 97) / 97,
    uuid: () => `id ${++drawn}`,
  };
}

async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return { value: await work() };
  } catch (error) {
    return {
      error: error instanceof Error && error.message === "" ? error.constructor.name : evaluationMessage(error),
    };
  }
}

const FUNCTIONS = ["sum", "count", "max", "min", "average", "sort", "distinct", "reverse", "string", "shuffle", "type"];

/** Expressions that read a list of numbers `l`, a text `t` and an object `o` of the input. */
const expressions = fc.letrec<Record<"any" | "list", string>>((tie) => ({
  list: fc.oneof(
    fc.constantFrom("$states.input.l", "[3, 1, 3, 2]", "[1..4]", "$states.input.o.*", "$split($states.input.t, '')"),
    tie("list").map((list) => `$map(${list}, function($x, $i) { $x & $i })`),
    fc.tuple(tie("list"), tie("any")).map(([list, any]) => `$append(${list}, ${any})`),
    tie("list").map((list) => `${list}[$ != 1]`),
    tie("list").map((list) => `$sort(${list}, function($a, $b) { $string($a) > $string($b) })`),
    fc.tuple(tie("any"), tie("any")).map(([one, other]) => `[${one}, [${other}], $random()]`),
  ),
  any: fc.oneof(
    fc.constantFrom(
      "$states.input",
      "$states.input.o",
      "'é\uD83D\uDE00'",
      "null",
      "$uuid()",
      "$random()",
      "$now()",
      "/a+/",
    ),
    fc.tuple(fc.constantFrom(...FUNCTIONS), tie("list")).map(([name, list]) => `$${name}(${list})`),
    fc.tuple(tie("any"), tie("any")).map(([one, other]) => `(${one} = ${other} ? ${one} : {'k': ${other}})`),
    tie("list").map((list) => `$reduce(${list}, function($a, $b) { $a & $b })`),
    tie("any").map((any) => `$replace($string(${any}), /[a-c]+/, 'x')`),
    tie("list"),
  ),
}));

describe("an evaluation in another process", () => {
  it("gives what it gives in this one, with the same numbers and ids", async () => {
    const input = { l: [5, 3, 3, 0.1, -2], t: "aabbcé\uD83D\uDE00", o: { a: 1, b: [1, { c: null }], __proto__x: "y" } };
    await fc.assert(
      fc.asyncProperty(expressions.any, async (source) => {
        const here = await outcome(() => compile(source)(counting(input)));
        expect(await outcome(() => evaluateFully(source, counting(input)))).toEqual(here);
      }),
      { numRuns: 300 },
    );
  });

  it("draws first what it had drawn before it turned out to take long", async () => {
    const source = "[$random(), $uuid(), $count([1..$states.input]), $random(), $uuid(), $shuffle([1..3])]";
    const short = await compile(source)(counting(2));
    const long = await compile(source)(counting(200_000));
    expect(long).toEqual((short as readonly Json[]).with(2, 200_000));
  });

  it.each<[string, Json]>([
    ["$count([1..873782])", 873_782],
    ["$count($range(1, 360145, 1))", 360_145],
    ["$length($reduce([1..22], function($s, $i) { $s & $s }, 'a'))", 2 ** 22],
    ["$count($distinct([1..120000]))", 120_000],
    ["$sort([1..50000])[0]", 1],
    ["$max([1..200000])", 200_000],
    ["$count($shuffle([1..50000]))", 50_000],
    ["$count($map([1..1000], function() { [1..500] }))", 1000],
    // One list in very many places takes its place once, and what is no longer used takes none.
    ["($l := [1..1000]; $count($map([1..2000], function() { {'l': $l} })))", 2000],
    ["$reduce([1..2000], function($a, $v) { $sum([1..500]) + $a }, 0)", 250_500_000],
  ])("%s is within AWS's limits", async (source, value) => {
    expect(await outcome(() => compile(source)(view(null)))).toEqual({ value });
  });

  it.each([
    "$count([1..873783])",
    "$count($range(1, 360146, 1))",
    "$range(1, 1e15, 1)",
    "$length($reduce([1..23], function($s, $i) { $s & $s }, 'a'))",
    "($double := function($s, $n) { $n = 0 ? $s : $double($s & $s, $n - 1) }; $length($double('x', 23)))",
    "$length($pad('', 2000000000))",
    "$count($map([1..2000], function() { [1..800] }))",
    "($l := [1..600000]; $count($append($l, $l)))",
    "$length($string([1..870000]))",
    "$length($join($map([1..3], function() { $pad('', 2000000) })))",
    "$length($replace($pad('', 1000000, 'a'), 'a', 'bbbbbb'))",
    "$count($split($pad('', 2000000, 'a,'), ','))",
    // A value that is in two places of a value that is in two places, and so on.
    "$reduce([1..40], function($s, $i) { {'a': $s, 'b': $s} }, 1)",
  ])("%s takes more memory than AWS gives", async (source) => {
    expect(await outcome(() => compile(source)(view(null)))).toEqual({
      error: ": Expression evaluation memory limit exceeded: Check for excessive memory usage",
    });
  });

  it("holds nobody else: others go on while expressions and paths take all the time that they may", async () => {
    const sources = [
      "$map([1..500], function($i) { $contains($pad('', 40, 'a') & '!', /^(a+)+$/) })",
      "$sum($map([1..3000], function($i) { $sum($map([1..3000], function($j) { $i * $j })) }))",
      // V8 ends this one at no deadline.
      `$contains($pad('', 45, 'a'), /${"a?".repeat(45)}${"a".repeat(44)}b/)`,
    ];
    const texts = Array.from({ length: 30 }, (_, id) => ({ id, text: `${"a".repeat(40)}!` }));
    const match = jsonpathLanguage.template({ "found.$": "$[?(@.text =~ /(a+)+/)].id" }, "Parameters");
    const over = new AbortController();
    const evaluations = sources.map((source) => outcome(() => compile(source)(view(null))));
    const all = Promise.all([...evaluations, outcome(async () => match(view(texts)))]).finally(() => over.abort());
    // Turns of the event loop count, whatever the time on this machine is.
    let turns = 0;
    while (!over.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      turns++;
    }
    const tooLong = "Expression evaluation timeout: Check for infinite loop";
    expect(await all).toEqual([
      ...sources.map(() => ({ error: `: ${tooLong}` })),
      { error: `: The field 'Parameters' could not be evaluated. ${tooLong}` },
    ]);
    expect(turns).toBeGreaterThan(100);
  }, 120_000);

  it("ends when its execution is stopped", async () => {
    const stop = new AbortController();
    const stopped: View = { ...view(null), outside: (work) => work(stop.signal) };
    const endless = outcome(() => compile("($f := function($x) { $f($x + 1) }; $f(1))")(stopped));
    stop.abort();
    expect(await endless).toEqual({ error: "Cancelled" });
  });
});

describe("a search of JSONPath that takes long", () => {
  it("finds in another process what it would find in this one", async () => {
    const path = "$..a..b";
    const select = jsonpathLanguage.template({ "found.$": `${path}` }, "Parameters");
    const many = { list: Array.from({ length: 40 }, (_, index) => ({ a: { x: { b: index } } })) };
    expect(await select(view(many))).toEqual({ found: many.list.map(({ a }) => a.x.b) });
    const wide = Array.from({ length: 100_000 }, (_, index) => ({ a: { b: index } }));
    expect(await select(view({ wide }))).toEqual({ found: wide.map(({ a }) => a.b) });
  });
});

/** A template of so many fields. */
function fields<T>(count: number, valueOf: (index: number) => T, end = ".$"): Readonly<Record<string, T>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}${end}`, valueOf(index)]));
}

const OBJECTS = Array.from({ length: 3_000 }, (_, index) => ({ a: [index] }));

describe("a state with very many expressions", () => {
  it.each([
    ["ArrayContains", "States.ArrayContains($.l, $.x)"],
    ["ArrayUnique", "States.ArrayLength(States.ArrayUnique($.l))"],
    ["JsonToString and StringSplit", "States.ArrayLength(States.StringSplit(States.JsonToString($.l), '}'))"],
    ["StringToJson", "States.StringToJson($.t)"],
    ["JsonMerge", "States.JsonMerge($.o, $.o, false)"],
    ["Format", "States.Format('{}', $.l)"],
    ["variables and the context", "States.Array($name, $$.Execution.Id, States.ArrayContains($.l, 1))"],
  ])("reads %s in another process, as in this one", async (_name, call) => {
    const input = { l: OBJECTS, x: { a: [-1] }, o: { ...OBJECTS }, t: JSON.stringify(OBJECTS) };
    const seen = { ...view(input, { name: "v" }), context: () => ({ Execution: { Id: "arn" } }) };
    const template = fields(40, () => call);
    const here = await immediateJsonpath.template(template, "Parameters")(seen);
    const apart = jsonpathLanguage.template(template, "Parameters")(seen);
    expect(apart).toBeInstanceOf(Promise);
    expect(await apart).toEqual(here);
  });

  it("draws in another process what it would have drawn in this one", async () => {
    const input = { l: OBJECTS, x: 1 };
    const template = fields(60, (index) => (index % 2 === 0 ? "States.UUID()" : "States.ArrayContains($.l, $.x)"));
    const here = await immediateJsonpath.template(template, "Parameters")(counting(input));
    expect(await jsonpathLanguage.template(template, "Parameters")(counting(input))).toEqual(here);
  });

  it("fails in another process with the error that it has in this one, and shows the way of its data", async () => {
    const inspection = {};
    const seen = { ...view({ l: OBJECTS }), inspection };
    const state = { Type: "Pass", Parameters: fields(60, () => "States.ArrayContains($.l, 1)"), End: true } as const;
    await jsonpathLanguage.dataflow(state).input(seen);
    expect(inspection).toEqual({ afterParameters: fields(60, () => false, "") });
    const wrong = { ...state.Parameters, "last.$": "$.missing" };
    await expect((async () => jsonpathLanguage.template(wrong, "Parameters")(seen))()).rejects.toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("The JSONPath '$.missing' specified for the field 'last.$' could not be found"),
      placed: true,
    });
  });

  it("lets others run between the expressions of JSONata", async () => {
    let turns = 0;
    async function giveWay(): Promise<void> {
      turns++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const seen = { ...view({ l: OBJECTS.slice(0, 100) }), giveWay };
    const template = fields(400, (index) => `{% $count($states.input.l[a[0] = ${index}]) %}`, "");
    await jsonataLanguage.template(template, "Output")(seen);
    expect(turns).toBeGreaterThan(3);
  });

  it("hands on no more than any state may, whether one expression gives that or many", async () => {
    const [one, many] = ["($a := $pad('x', 200000, 'x'); [1..2000].{'k': $a})", "$pad('x', 2000000, 'x')"];
    const tooLarge = expect.any(ResultTooLarge);
    const results = await Promise.allSettled([
      jsonataLanguage.template(`{% ${one} %}`, "Output")(view(null)),
      jsonataLanguage.template(
        fields(50, () => `{% ${many} %}`, ""),
        "Output",
      )(view(null)),
      jsonpathLanguage.template(
        fields(90, () => "States.Format('{}', $)"),
        "Parameters",
      )(view("x".repeat(250_000))),
    ]);
    expect(results.map((result) => (result.status === "rejected" ? result.reason : "given"))).toEqual(
      results.map(() => tooLarge),
    );
  });
});
