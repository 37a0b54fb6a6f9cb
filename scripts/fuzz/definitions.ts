import fc from "fast-check";
import { StepFunctions } from "../../infra/emulator/index.ts";
import type { Json } from "../../sdk/base/json.ts";
import { edited, garbled, oddJson } from "./odd.ts";
import { Fault, type OpenSurface } from "./surface.ts";
import { checkMessage } from "./verdict.ts";

const FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo";

/** Every type of state, in both query languages. */
const DEFINITIONS: readonly Json[] = [
  {
    QueryLanguage: "JSONata",
    StartAt: "Set",
    States: {
      Set: { Type: "Pass", Assign: { n: 1, list: [1, 2] }, Output: "{% $states.input %}", Next: "Which" },
      Which: {
        Type: "Choice",
        Choices: [{ Condition: "{% $n > 1 %}", Next: "End", Assign: { n: 2 } }],
        Default: "Call",
      },
      Call: {
        Type: "Task",
        Resource: FUNCTION,
        Arguments: { a: "{% $list %}" },
        TimeoutSeconds: 60,
        HeartbeatSeconds: 10,
        Retry: [
          {
            ErrorEquals: ["States.ALL"],
            MaxAttempts: 2,
            IntervalSeconds: 1,
            BackoffRate: 2,
            MaxDelaySeconds: 5,
            JitterStrategy: "FULL",
          },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "End", Assign: { e: "{% $states.errorOutput %}" } }],
        Next: "Each",
      },
      Each: {
        Type: "Map",
        Items: "{% $list %}",
        ItemSelector: { v: "{% $states.context.Map.Item.Value %}" },
        MaxConcurrency: 2,
        ItemProcessor: {
          ProcessorConfig: { Mode: "INLINE" },
          StartAt: "One",
          States: { One: { Type: "Pass", End: true } },
        },
        Next: "Both",
      },
      Both: {
        Type: "Parallel",
        Branches: [
          { StartAt: "L", States: { L: { Type: "Wait", Seconds: 1, End: true } } },
          { StartAt: "R", States: { R: { Type: "Fail", Error: "States.TaskFailed", Cause: "{% 'c' %}" } } },
        ],
        Catch: [{ ErrorEquals: ["States.TaskFailed"], Next: "End" }],
        Next: "End",
      },
      End: { Type: "Succeed", Output: { r: "{% $n %}" } },
    },
  },
  {
    StartAt: "Set",
    TimeoutSeconds: 100,
    States: {
      Set: { Type: "Pass", Parameters: { "a.$": "States.Array(1, $.x)" }, ResultPath: "$.p", Next: "Which" },
      Which: {
        Type: "Choice",
        Choices: [
          {
            And: [{ Variable: "$.x", IsPresent: true }, { Not: { Variable: "$.x", NumericLessThan: 3 } }],
            Next: "Wait",
          },
          { Variable: "$.x", StringMatches: "a*", Next: "Call" },
        ],
        Default: "Call",
      },
      Wait: { Type: "Wait", TimestampPath: "$.when", Next: "Call" },
      Call: {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: { FunctionName: FUNCTION, "Payload.$": "$" },
        ResultSelector: { "p.$": "$.Payload" },
        OutputPath: "$.p",
        Retry: [{ ErrorEquals: ["Lambda.TooManyRequestsException"] }],
        Next: "Many",
      },
      Many: {
        Type: "Map",
        ItemsPath: "$.p.a",
        ToleratedFailurePercentage: 10,
        ItemBatcher: { MaxItemsPerBatch: 2 },
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
          StartAt: "One",
          States: { One: { Type: "Pass", End: true } },
        },
        End: true,
      },
    },
  },
];

type Case = { readonly definition: string; readonly input: string; readonly type: "STANDARD" | "EXPRESS" };

/** Events after which an execution that goes round for ever is ended. */
const EVENTS = 1000;

const ENDED = new Set(["SUCCEEDED", "FAILED", "TIMED_OUT"]);

/** State machines that are wrong in some places, with inputs that are, too: created, and run if they can be created. */
export function definitions(): OpenSurface<Case> {
  const functions = {
    invoke: ({ payload }: { payload: string }) =>
      Promise.resolve({ statusCode: 200, executedVersion: "1", requestId: "r", payload }),
  };
  const texts = DEFINITIONS.map((definition) => JSON.stringify(definition));
  const changed = edited(DEFINITIONS, oddJson()).map((definition) => JSON.stringify(definition) ?? "");
  const inputs = fc.oneof(
    {
      weight: 4,
      arbitrary: edited<Json>([{ x: 5, when: "2026-01-01T00:00:00Z" }], oddJson()).map((input) =>
        JSON.stringify(input),
      ),
    },
    { weight: 1, arbitrary: garbled(['{"x": 5}']) },
  );
  return {
    name: "state machines",
    share: 500,
    cases: fc.record({
      definition: fc.oneof({ weight: 5, arbitrary: changed }, { weight: 1, arbitrary: garbled(texts) }),
      input: inputs,
      type: fc.constantFrom<("STANDARD" | "EXPRESS")[]>("STANDARD", "EXPRESS"),
    }),
    async attempt({ definition, input, type }) {
      const states = new StepFunctions({ functions, seed: 1, limits: { historyEvents: EVENTS } });
      const said = states.validateStateMachineDefinition({ definition, type });
      for (const { message } of said.diagnostics) checkMessage(message);
      const { stateMachineArn } = states.createStateMachine({
        name: "m",
        definition,
        type,
        roleArn: "arn:aws:iam::000000000000:role/r",
      });
      const { executionArn } = states.startExecution({ stateMachineArn, input });
      const { status, error, cause = "" } = await states.executionEnd(executionArn);
      if (!ENDED.has(status)) throw new Fault(`ended as ${status}`);
      if (status === "FAILED" && error === "States.Runtime") checkMessage(cause);
      return true;
    },
    show: (given) => JSON.stringify(given),
    close: () => Promise.resolve(),
  };
}
