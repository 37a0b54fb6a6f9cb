import fc from "fast-check";
import { expect, it } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import { ApiError, StepFunctions } from "../../../../infra/emulator/index.ts";
import { validateDefinition } from "../../../../infra/validate/validate.ts";
import { localFunctions } from "../../../support/emulator.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f";

/** Definitions with every type of state and most fields, to be broken in one place. */
const SOUND: readonly Json[] = [
  {
    StartAt: "P",
    TimeoutSeconds: 60,
    States: {
      P: {
        Type: "Pass",
        InputPath: "$",
        Parameters: { "a.$": "$.x", b: [1] },
        ResultPath: "$.r",
        OutputPath: "$",
        Assign: { v: 1 },
        Next: "C",
      },
      C: {
        Type: "Choice",
        Choices: [
          { And: [{ Variable: "$.x", IsPresent: true }, { Not: { Variable: "$.x", StringMatches: "a*" } }], Next: "T" },
          { Variable: "$.x", NumericEqualsPath: "$.y", Next: "W", Assign: { "w.$": "$.x" } },
        ],
        Default: "M",
      },
      T: {
        Type: "Task",
        Resource: FUNCTION,
        TimeoutSeconds: 9,
        ResultSelector: { "s.$": "$" },
        Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1, BackoffRate: 2 }],
        Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.e", Next: "F" }],
        Next: "W",
      },
      W: { Type: "Wait", SecondsPath: "$.n", Next: "S" },
      M: {
        Type: "Map",
        ItemsPath: "$.items",
        ItemSelector: { "v.$": "$$.Map.Item.Value" },
        MaxConcurrency: 2,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "I",
          States: { I: { Type: "Pass", End: true } },
        },
        Next: "S",
      },
      F: { Type: "Fail", ErrorPath: "$.e", Cause: "c" },
      S: { Type: "Succeed" },
    },
  },
  {
    QueryLanguage: "JSONata",
    StartAt: "L",
    States: {
      L: {
        Type: "Parallel",
        Arguments: "{% $states.input %}",
        Branches: [{ StartAt: "B", States: { B: { Type: "Pass", End: true } } }],
        Next: "M",
      },
      M: {
        Type: "Map",
        Items: "{% $states.input %}",
        ItemBatcher: { MaxItemsPerBatch: 2 },
        ToleratedFailureCount: "{% 1 + 1 %}",
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "I",
          States: { I: { Type: "Task", Resource: FUNCTION, Arguments: { a: ["{% $states.input %}"] }, End: true } },
        },
        Output: { a: "{% $states.result %}" },
        Next: "C",
      },
      C: { Type: "Choice", Choices: [{ Condition: "{% true %}", Output: 1, Next: "W" }], Default: "W" },
      W: { Type: "Wait", Seconds: "{% 0 %}", End: true },
    },
  },
];

/** The rest, behind a rule that never holds: it is compiled, and seldom run. */
const COMPILED: Json = {
  QueryLanguage: "JSONata",
  StartAt: "C",
  States: {
    C: { Type: "Choice", Choices: [{ Condition: "{% false %}", Next: "R" }], Default: "S" },
    R: {
      Type: "Map",
      Label: "read",
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        ReaderConfig: {
          InputType: "CSV",
          CSVHeaderLocation: "GIVEN",
          CSVHeaders: ["a"],
          CSVDelimiter: "PIPE",
          MaxItems: 1,
        },
        Arguments: { Bucket: "b", Key: "{% 'k' %}" },
      },
      ItemBatcher: { MaxInputBytesPerBatch: 10, BatchInput: { a: "{% 1 %}" } },
      ResultWriter: {
        Resource: "arn:aws:states:::s3:putObject",
        Arguments: { Bucket: "b" },
        WriterConfig: { Transformation: "NONE", OutputType: "JSON" },
      },
      ToleratedFailurePercentage: 5,
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        StartAt: "I",
        States: { I: { Type: "Pass", End: true } },
      },
      Next: "A",
    },
    A: {
      Type: "Task",
      Resource: "arn:aws:states:us-east-1:000000000000:activity:a",
      TimeoutSeconds: "{% 3 %}",
      HeartbeatSeconds: 2,
      Retry: [{ ErrorEquals: ["A"], IntervalSeconds: 1, MaxDelaySeconds: 5, JitterStrategy: "FULL" }],
      Catch: [{ ErrorEquals: ["B"], Output: "{% $states.errorOutput %}", Assign: { e: 1 }, Next: "S" }],
      Next: "E",
    },
    E: {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Credentials: { RoleArn: "{% 'r' %}" },
      Arguments: { StateMachineArn: "m", Input: { a: "{% $states.context.Execution.Id %}" } },
      Next: "F",
    },
    F: { Type: "Fail", Error: "{% 'e' %}", Cause: "c" },
    S: { Type: "Succeed", Output: 1 },
  },
};

type Path = readonly (string | number)[];

function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((item: Json, index) => places(item, [...path, index]))
    : Object.entries(value).flatMap(([key, part]) => places(part, [...path, key]));
  return [path, ...inner];
}

function broken(value: Json, [step, ...rest]: Path, put: Json): Json {
  if (step === undefined) return put;
  if (Array.isArray(value)) return value.map((item: Json, index) => (index === step ? broken(item, rest, put) : item));
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([key, part]) => [key, key === step ? broken(part, rest, put) : part]),
  );
}

const replacement = fc.oneof(
  fc.constantFrom<Json>(
    null,
    "",
    "$",
    "$$",
    "$.x[",
    "{% %}",
    "{% $ %}",
    "{% $f( %}",
    "States.Format(",
    "$.x",
    -1,
    1e9,
    0.5,
    true,
    [],
    {},
    [[]],
    [{}],
    { "": 1 },
  ),
  fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value))),
);

const definition = fc
  .constantFrom(...SOUND, COMPILED)
  .chain((sound) => fc.tuple(fc.constant(sound), fc.constantFrom(...places(sound)), replacement))
  .map(([sound, place, put]) => JSON.stringify(broken(sound, place, put)));

it("a definition that is broken in any place is refused, or runs to an end", async () => {
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(definition, replacement, async (text, input) => {
      const states = new StepFunctions({ functions: localFunctions({ f: (payload) => payload }), skipWaits: true });
      try {
        const { stateMachineArn } = states.createStateMachine({ name: "m", definition: text, roleArn: "r" });
        const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(input) });
        const { status, error, cause } = await states.executionEnd(executionArn);
        ends.add(status);
        // An error of the program's own would be told as one of JavaScript's.
        expect(`${error}: ${cause}`).not.toMatch(/(?:Type|Reference|Range)Error: /);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        ends.add(error.name);
      }
    }),
    { numRuns: 2000 },
  );
  expect([...ends].toSorted()).toEqual(["FAILED", "InvalidDefinition", "SUCCEEDED"]);
});

it("a state that is broken in any place is refused by TestState, or tested", async () => {
  const states = new StepFunctions({ functions: localFunctions({ f: (payload) => payload }), skipWaits: true });
  const mock = fc.constantFrom(undefined, { result: "[1]" }, { result: "{" }, { errorOutput: { error: "E" } });
  const name = fc.constantFrom(
    ...[...SOUND, COMPILED].flatMap((sound) => places(sound)).map(([, state]) => String(state)),
  );
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(definition, name, replacement, mock, async (text, stateName, input, mocked) => {
      try {
        const request = { definition: text, stateName, input: JSON.stringify(input), mock: mocked };
        ends.add((await states.testState(request)).status);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        ends.add(error.name);
      }
    }),
    { numRuns: 1000 },
  );
  expect([...ends]).toEqual(expect.arrayContaining(["SUCCEEDED", "InvalidDefinition", "ValidationException"]));
});

it("the sound definitions are sound", () => {
  for (const sound of [...SOUND, COMPILED]) expect(validateDefinition(JSON.stringify(sound))).toEqual([]);
});
