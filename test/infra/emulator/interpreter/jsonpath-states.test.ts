import { describe, expect, it } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import { type Definition, jsonpath, run } from "../../../support/emulator.ts";

/** A Pass state, and what it makes of an input. */
async function passed(fields: Definition, input: Json): Promise<Json | undefined> {
  const outcome = await run(jsonpath({ P: { Type: "Pass", End: true, ...fields } }), input);
  return outcome.output ?? `${outcome.error}: ${outcome.cause}`;
}

describe("the way of a JSONPath state's data", () => {
  it("goes InputPath, Parameters, ResultPath, OutputPath", async () => {
    const input = { keep: 1, in: { a: 2, b: 3 } };
    expect(await passed({ InputPath: "$.in" }, input)).toEqual({ a: 2, b: 3 });
    expect(await passed({ InputPath: "$.in", Parameters: { "x.$": "$.a", y: 5 } }, input)).toEqual({ x: 2, y: 5 });
    expect(await passed({ InputPath: "$.in", ResultPath: "$.out.deep" }, input)).toEqual({
      ...input,
      out: { deep: input.in },
    });
    expect(await passed({ Result: 7, ResultPath: "$.in.a", OutputPath: "$.in" }, input)).toEqual({ a: 7, b: 3 });
    expect(await passed({ InputPath: null }, input)).toEqual({});
    expect(await passed({ Result: 7, ResultPath: null }, input)).toEqual(input);
  });

  it("gives a task's result to ResultSelector before ResultPath", async () => {
    const outcome = await run(
      jsonpath({
        T: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Parameters: { FunctionName: "work", "Payload.$": "$.n" },
          ResultSelector: { "value.$": "$.Payload", "attempt.$": "$$.State.RetryCount" },
          ResultPath: "$.done",
          End: true,
        },
      }),
      { n: [1] },
      { work: (payload) => payload },
    );
    expect(outcome.output).toEqual({ n: [1], done: { value: [1], attempt: 0 } });
  });

  it("assigns from a task's result, and reads variables with $name", async () => {
    const outcome = await run(
      jsonpath({
        T: {
          Type: "Task",
          Resource: "arn:aws:lambda:us-east-1:000000000000:function:work",
          Assign: { "r.$": "$.v" },
          Next: "P",
        },
        P: { Type: "Pass", Parameters: { "a.$": "$r[0]", "b.$": "States.Format('{}', $r[1])" }, End: true },
      }),
      {},
      { work: () => ({ v: [1, 2] }) },
    );
    expect(outcome.output).toEqual({ a: 1, b: "2" });
  });

  it("names the path, the field and the state of what is not there", async () => {
    expect(await passed({ Parameters: { "x.$": "$.no" } }, { a: 1 })).toBe(
      "States.Runtime: An error occurred while executing the state 'P' (entered at the event id #2). " +
        `The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{"a":1}'`,
    );
    expect(await passed({ OutputPath: "$.a.b.c" }, { a: {} })).toContain(
      "Invalid path '$.a.b.c' : Missing property in path $['a']['b']",
    );
  });

  it("is never caught when it goes wrong", async () => {
    const state = {
      Type: "Task",
      Resource: "arn:aws:lambda:us-east-1:000000000000:function:work",
      OutputPath: "$.no",
      Catch: [{ ErrorEquals: ["States.Runtime"], Next: "T" }],
      End: true,
    };
    expect(await run(jsonpath({ T: state }), {}, { work: () => ({}) })).toMatchObject({
      status: "FAILED",
      error: "States.Runtime",
    });
  });

  it("puts an error where the catcher's ResultPath says", async () => {
    const outcome = await run(
      jsonpath({
        T: {
          Type: "Task",
          Resource: "arn:aws:lambda:us-east-1:000000000000:function:work",
          Catch: [{ ErrorEquals: ["States.TaskFailed"], ResultPath: "$.error", Next: "Done" }],
          End: true,
        },
        Done: { Type: "Succeed" },
      }),
      { in: 1 },
      { work: () => Promise.reject(new TypeError("odd")) },
    );
    expect(outcome.output).toEqual({
      in: 1,
      error: { Error: "TypeError", Cause: '{"errorType":"TypeError","errorMessage":"odd"}' },
    });
  });
});

describe("paths", () => {
  const data = {
    books: [
      { title: "A", price: 5, tags: ["x"] },
      { title: "B", price: 15, tags: [] },
      { title: "C", tags: ["x", "y"] },
    ],
    "odd name": { "it's": 1 },
    pairs: [{ k: 1, v: "1" }, { k: "1", v: "2" }, {}],
  };

  it.each<[string, Json]>([
    ["$.books[0].title", "A"],
    ["$.books[-1].title", "C"],
    ["$['odd name']['it\\'s']", 1],
    ["$.books[*].title", ["A", "B", "C"]],
    ["$.books[0,2].title", ["A", "C"]],
    ["$.books[1:].title", ["B", "C"]],
    ["$..price", [5, 15]],
    ["$.books[?(@.price > 10)].title", ["B"]],
    ["$.books[?(@.price)].title", ["A", "B"]],
    ["$.books[?(!@.price || @.title == 'A')].title", ["A", "C"]],
    ["$.books[?(@.title in ['A','B'])].price", [5, 15]],
    ["$.books[?('x' in @.tags)].title", ["A", "C"]],
    ["$.books[?(@.tags empty true)].title", ["B"]],
    ["$.books[?(@.title =~ /[bc]/i)].title", ["B", "C"]],
    ["$.books[0]['title','price']", { title: "A", price: 5 }],
    [
      "$.books[*]['title','tags']",
      [
        { title: "A", tags: ["x"] },
        { title: "B", tags: [] },
        { title: "C", tags: ["x", "y"] },
      ],
    ],
    ["$['odd name','books'][0].title", ["A"]],
    ["$..[?(@.price)].title", ["A", "B"]],
    [
      "$..['title','price']",
      [
        { title: "A", price: 5 },
        { title: "B", price: 15 },
      ],
    ],
    ["$.pairs[?(@.k == '1')].v", ["1", "2"]],
    ["$.pairs[?(@.k === '1')].v", ["2"]],
    ["$.pairs[?(@.k in ['1'])].v", ["1", "2"]],
    ["$.pairs[?(@.k =~ /[01]/)].v", ["1", "2"]],
    ["$.pairs[?(@.k >= '1')].v", ["1", "2"]],
    ["$.pairs[?(@.zz == @.yy)]", []],
    ["$.pairs[?(@.v != '1')].v", ["2"]],
    ["$.books[?(@.tags all ['y', 'x'])].title", ["C"]],
    ["$.books[-3:-1].title", ["A", "B"]],
    ["$.books[1:-1].title", []],
    ["$.books.length()", 3],
    ["$.books[*].price.sum()", 20],
    ["$.books[9]", null],
    ["$.books[?(@.price > 99)]", []],
  ])("%s finds %j", async (path, expected) => {
    expect(await passed({ Parameters: { "found.$": path } }, data)).toEqual({ found: expected });
  });

  it.each(["$.nothing[*]", "$.nothing[?(@.a)].b", "$.books[0].title[?(@.a)]", "$.nothing['a','b'].c"])(
    "%s, which may choose several, finds none",
    async (path) => {
      expect(await passed({ Parameters: { "found.$": path } }, data)).toEqual({ found: [] });
    },
  );

  it.each(["$.nothing.length()", "$.books[0].title['a','b']"])("%s, which chooses one, fails", async (path) => {
    expect(await passed({ Parameters: { "found.$": path } }, data)).toContain("could not be found in the input");
  });
});

describe("intrinsic functions", () => {
  it.each<[string, Json]>([
    ["States.Format('{}-{}', 'a', $.n)", "a-3"],
    ["States.Format('\\{\\} {}', $.object)", "{} {k=[1, v]}"],
    ["States.StringToJson('{\"a\":[1]}')", { a: [1] }],
    ["States.JsonToString($.object)", '{"k":[1,"v"]}'],
    ["States.Array(1, 'a', true, null, $.list)", [1, "a", true, null, [1, 2, 2, 3]]],
    ["States.ArrayPartition($.list, 3)", [[1, 2, 2], [3]]],
    ["States.ArrayContains($.list, 2)", true],
    ["States.ArrayRange(1, 9, 4)", [1, 5, 9]],
    ["States.ArrayGetItem($.list, 1)", 2],
    ["States.ArrayLength($.list)", 4],
    ["States.ArrayUnique($.list)", [1, 2, 3]],
    ["States.Base64Encode('data')", "ZGF0YQ=="],
    ["States.Base64Decode('ZGF0YQ==')", "data"],
    ["States.Hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"],
    ["States.JsonMerge($.object, $.more, false)", { k: 0, z: 1 }],
    ["States.MathAdd(111, -1)", 110],
    ["States.StringSplit('1,2;3', ',;')", ["1", "2", "3"]],
    ["States.Array(States.Array(States.MathAdd($.n, 1)))", [[4]]],
  ])("%s is %j", async (call, expected) => {
    const input = { n: 3, list: [1, 2, 2, 3], object: { k: [1, "v"] }, more: { k: 0, z: 1 } };
    expect(await passed({ Parameters: { "value.$": call } }, input)).toEqual({ value: expected });
  });

  it("draw from the same generator for the same seed", async () => {
    const draw = { "a.$": "States.MathRandom(1, 1000, 7)", "b.$": "States.MathRandom(1, 1000, 7)" };
    const drawn = new Map(Object.entries((await passed({ Parameters: draw }, {})) ?? {}));
    expect(drawn.get("a")).toBe(drawn.get("b"));
  });

  it.each([
    "States.ArrayGetItem($.list, 9)",
    "States.ArrayRange(1, 5000, 1)",
    "States.StringToJson('{')",
    "States.MathAdd('a', 1)",
    "States.MathAdd(1e308, 1e308)",
  ])("%s fails by its name", async (call) => {
    expect(await passed({ Parameters: { "value.$": call } }, { list: [] })).toContain(`States.IntrinsicFailure: `);
  });
});

describe("Choice rules", () => {
  async function holds(rule: Definition, value: Json): Promise<boolean> {
    const outcome = await run(
      jsonpath({
        C: { Type: "Choice", Choices: [{ ...rule, Next: "Yes" }], Default: "No" },
        Yes: { Type: "Pass", Result: true, End: true },
        No: { Type: "Pass", Result: false, End: true },
      }),
      { v: value, same: value, other: "zzz" },
    );
    if (outcome.status !== "SUCCEEDED") throw new Error(outcome.cause ?? outcome.error);
    return outcome.output === true;
  }

  it.each<[Definition, Json, boolean]>([
    [{ StringEquals: "a" }, "a", true],
    [{ StringEquals: "1" }, 1, false],
    [{ StringLessThan: "b" }, "a", true],
    [{ StringGreaterThanEqualsPath: "$.same" }, "a", true],
    [{ StringMatches: "log-*.txt" }, "log-7.txt", true],
    [{ StringMatches: "a\\*" }, "ab", false],
    [{ StringMatches: "a\\*" }, "a*", true],
    [{ StringMatches: "a*a" }, "a", false],
    [{ StringMatches: "*b*b*" }, "ab", false],
    [{ StringMatches: "*b**c" }, "\nabxbc", true],
    // Every way in which these stars fit would take longer than anybody waits.
    [{ StringMatches: "*a".repeat(40) + "b" }, "a".repeat(5000), false],
    [{ NumericGreaterThan: 1 }, 1.5, true],
    [{ NumericEquals: 1 }, "1", false],
    [{ BooleanEquals: false }, false, true],
    [{ TimestampLessThan: "2020-01-01T00:00:00Z" }, "2019-12-31T23:00:00-02:00", false],
    [{ TimestampEquals: "2020-01-01T00:00:00Z" }, "2020-01-01T01:00:00+01:00", true],
    [{ IsNull: true }, null, true],
    [{ IsNumeric: false }, "1", true],
    [{ IsTimestamp: true }, "2020-01-01", false],
    [{ IsString: true }, "x", true],
    [{ IsBoolean: true }, true, true],
  ])("%j of %j is %s", async (rule, value, expected) => {
    expect(await holds({ Variable: "$.v", ...rule }, value)).toBe(expected);
  });

  it("combine with And, Or and Not", async () => {
    function is(n: number): Definition {
      return { Variable: "$.v", NumericEquals: n };
    }
    expect(await holds({ Or: [is(1), is(2)] }, 2)).toBe(true);
    expect(await holds({ And: [is(1), { Not: is(2) }] }, 1)).toBe(true);
    expect(await holds({ Not: is(1) }, 1)).toBe(false);
  });

  it("tell presence from absence, and fail on a path that is not there otherwise", async () => {
    expect(await holds({ Variable: "$.none", IsPresent: false }, 1)).toBe(true);
    expect(await holds({ Variable: "$.v", IsPresent: true }, null)).toBe(true);
    await expect(holds({ Variable: "$.none", NumericEquals: 1 }, 1)).rejects.toThrow(
      "Invalid path '$.none': The choice state's condition path references an invalid value.",
    );
  });

  it("assign, and leave by the state's OutputPath whichever holds", async () => {
    const rule = { Variable: "$.v", NumericEquals: 1, Assign: { "x.$": "$.v" }, Next: "Look" };
    const machine = jsonpath({
      C: { Type: "Choice", Choices: [rule], Default: "Look", OutputPath: "$.out", Assign: { x: 0 } },
      Look: { Type: "Pass", Parameters: { "in.$": "$", "x.$": "$x" }, End: true },
    });
    expect((await run(machine, { v: 1, out: "o" })).output).toEqual({ in: "o", x: 1 });
    expect((await run(machine, { v: 2, out: "o" })).output).toEqual({ in: "o", x: 0 });
  });

  it("fail when none holds and there is no Default", async () => {
    const outcome = await run(
      jsonpath({
        C: { Type: "Choice", Choices: [{ Variable: "$.v", IsNull: true, Next: "S" }] },
        S: { Type: "Succeed" },
      }),
      { v: 1 },
    );
    expect(outcome).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("Failed to transition out of the state."),
    });
  });
});

describe("Wait", () => {
  it.each([
    [{ SecondsPath: "$.n" }, { n: -1 }, "The SecondsPath parameter references a negative value: $.n == -1"],
    [{ SecondsPath: "$.n" }, { n: 1.5 }, "The SecondsPath parameter cannot be parsed as a long value: $.n == 1.5"],
    [
      { TimestampPath: "$.n" },
      { n: "yesterday" },
      "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.n == yesterday",
    ],
  ])("%j with %j fails", async (fields, input, cause) => {
    const outcome = await run(jsonpath({ W: { Type: "Wait", End: true, ...fields } }), input);
    expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining(cause) });
  });

  it("passes a time that is over at once", async () => {
    const outcome = await run(
      jsonpath({ W: { Type: "Wait", Timestamp: "2001-01-01T00:00:00Z", End: true } }),
      1,
      {},
      { skipWaits: false },
    );
    expect(outcome.output).toBe(1);
  });
});

describe("a number that a path finds", () => {
  const pass = { Type: "Pass", End: true };
  function each(mode: string, fields: Definition): Definition {
    const config = mode === "INLINE" ? { Mode: mode } : { Mode: mode, ExecutionType: "STANDARD" };
    return {
      Type: "Map",
      ItemsPath: "$.items",
      ItemProcessor: { ProcessorConfig: config, ...jsonpath({ P: pass }) },
      End: true,
      ...fields,
    };
  }
  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f", End: true };

  it.each<[Definition, number, string]>([
    [each("INLINE", { MaxConcurrencyPath: "$.n" }), -1, "Expected non-negative integer for MaxConcurrency, got '-1'"],
    [each("DISTRIBUTED", { MaxConcurrencyPath: "$.n" }), -1, "Expected non-negative integer for MaxConcurrency"],
    [each("DISTRIBUTED", { ToleratedFailureCountPath: "$.n" }), -1, "ToleratedFailureCount cannot be negative."],
    [
      each("DISTRIBUTED", { ToleratedFailurePercentagePath: "$.n" }),
      101,
      "ToleratedFailurePercentage must be between 0 and 100.",
    ],
    [
      each("DISTRIBUTED", { ItemBatcher: { MaxItemsPerBatchPath: "$.n" } }),
      0,
      "Expected positive integer for MaxItemsPerBatch, got '0' instead.",
    ],
    [
      { ...task, TimeoutSecondsPath: "$.n" },
      0,
      "The TimeoutSecondsPath parameter references a value that is not positive: $.n == 0",
    ],
    [
      { Type: "Wait", SecondsPath: "$.n", End: true },
      100_000_000,
      "The SecondsPath parameter references more than 99999999: $.n == 100000000",
    ],
  ])("is refused out of its range: %j with %j", async (state, n, cause) => {
    const outcome = await run(jsonpath({ S: state }), { n, items: [1, 2] }, { f: () => 1 });
    expect(outcome).toMatchObject({ status: "FAILED", error: "States.Runtime", cause: expect.stringContaining(cause) });
  });

  const NUMBERS: readonly (readonly [field: string, state: Definition])[] = [
    ["MaxConcurrencyPath", each("INLINE", { MaxConcurrencyPath: "$.n" })],
    ["MaxConcurrencyPath of a Distributed Map", each("DISTRIBUTED", { MaxConcurrencyPath: "$.n" })],
    ["ToleratedFailureCountPath", each("DISTRIBUTED", { ToleratedFailureCountPath: "$.n" })],
    ["ToleratedFailurePercentagePath", each("DISTRIBUTED", { ToleratedFailurePercentagePath: "$.n" })],
    ["MaxItemsPerBatchPath", each("DISTRIBUTED", { ItemBatcher: { MaxItemsPerBatchPath: "$.n" } })],
    ["MaxInputBytesPerBatchPath", each("DISTRIBUTED", { ItemBatcher: { MaxInputBytesPerBatchPath: "$.n" } })],
    ["TimeoutSecondsPath", { ...task, TimeoutSecondsPath: "$.n" }],
    ["HeartbeatSecondsPath", { ...task, HeartbeatSecondsPath: "$.n" }],
    ["SecondsPath", { Type: "Wait", SecondsPath: "$.n", OutputPath: "$.items", End: true }],
  ];

  it.each(NUMBERS)("may be in a text: %s", async (_, state) => {
    const outcomes = await Promise.all(
      [2, "2"].map((n) => run(jsonpath({ S: state }), { n, items: [1, 2, 3] }, { f: () => 1 })),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(outcomes[1]?.output).toEqual(outcomes[0]?.output);
  });

  it.each(NUMBERS)("may not be in another text, or be no number: %s", async (_, state) => {
    for (const n of ["", " ", "two", "0x2", "2 s", "1e999", null, true, [2], {}]) {
      const outcome = await run(jsonpath({ S: state }), { n, items: [1, 2] }, { f: () => 1 });
      expect(outcome).toMatchObject({ status: "FAILED", error: "States.Runtime" });
    }
  });

  it("is of a variable that holds a text, too", async () => {
    const states = jsonpath({
      N: { Type: "Pass", Assign: { n: "1" }, Next: "M" },
      M: each("INLINE", { MaxConcurrencyPath: "$n" }),
    });
    expect(await run(states, { items: [1, 2] })).toMatchObject({ output: [1, 2] });
  });
});

describe("a Choice's timestamps", () => {
  it.each<[string, boolean]>([
    ["2024-02-29T12:00:00Z", true],
    ["2024-02-29T12:00:00.123+01:00", true],
    ["2023-02-29T12:00:00Z", false],
    ["2024-04-31T12:00:00Z", false],
    ["2024-04-30t12:00:00Z", false],
    ["2024-04-30T12:00:00z", false],
  ])("are dates that are, with T and Z in capitals: %s", async (value, is) => {
    const outcome = await run(
      jsonpath({
        C: { Type: "Choice", Choices: [{ Variable: "$", IsTimestamp: true, Next: "Yes" }], Default: "No" },
        Yes: { Type: "Pass", Result: true, End: true },
        No: { Type: "Pass", Result: false, End: true },
      }),
      value,
    );
    expect(outcome.output).toBe(is);
  });
});

describe("a heartbeat", () => {
  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f", End: true };

  it.each<[Definition]>([
    [{ TimeoutSeconds: 5, HeartbeatSecondsPath: "$.h" }],
    [{ TimeoutSecondsPath: "$.t", HeartbeatSeconds: 5 }],
    [{ TimeoutSecondsPath: "$.t", HeartbeatSecondsPath: "$.h" }],
    [{ QueryLanguage: "JSONata", TimeoutSeconds: 5, HeartbeatSeconds: "{% $states.input.h %}" }],
    [{ QueryLanguage: "JSONata", TimeoutSeconds: "{% $states.input.t %}", HeartbeatSeconds: 5 }],
  ])("is refused unless it is shorter than the timeout: %j", async (fields) => {
    const states = jsonpath({ T: { ...task, ...fields } });
    expect(await run(states, { t: 5, h: 5 }, { f: () => 1 })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("HeartbeatSeconds must be smaller than TimeoutSeconds, but they are 5 and 5."),
    });
    expect(await run(states, { t: 6, h: 4 }, { f: () => 1 })).toMatchObject({ status: "SUCCEEDED" });
  });
});
