import aslValidator from "asl-validator";
import { describe, expect, it } from "vitest";
import { validateDefinition } from "../infra/validate/validate.ts";

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
type Fields = { readonly [key: string]: Value };

const machine = (states: Fields, more: Fields = {}): Fields => ({
  StartAt: Object.keys(states)[0] ?? "",
  States: states,
  ...more,
});
const jsonata = (states: Fields): Fields => machine(states, { QueryLanguage: "JSONata" });
const pass = { Type: "Pass", End: true };

/** What is found, as CreateStateMachine writes it. */
const found = (definition: Fields, type?: "STANDARD" | "EXPRESS"): string[] =>
  validateDefinition(JSON.stringify(definition), type).map(
    ({ code, message, location }) => `${code}: ${message} at ${location}`,
  );

describe("a definition that AWS takes", () => {
  it.each<[string, Fields]>([
    ["a Pass state", machine({ P: pass })],
    [
      "states in any order",
      machine({
        B: { Type: "Choice", Choices: [{ Variable: "$.x", IsNull: true, Next: "A" }], Default: "A" },
        A: { Type: "Succeed" },
      }),
    ],
    [
      "a JSONata state in a JSONPath machine",
      machine({ P: { ...pass, QueryLanguage: "JSONata", Output: "{% $states.input %}" } }),
    ],
    [
      "a name read within a path, a predicate or a sort",
      jsonata({ P: { ...pass, Output: "{% $states.input.items[price > 3]^(name).{'n': name} %}" } }),
    ],
    [
      "an inner scope that reads an outer variable",
      jsonata({
        A: { Type: "Pass", Assign: { x: 1 }, Next: "B" },
        B: { Type: "Parallel", End: true, Branches: [machine({ C: { ...pass, Output: "{% $x %}" } })] },
      }),
    ],
    [
      "an error output in a catcher",
      jsonata({
        T: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Arguments: { FunctionName: "f" },
          End: true,
          Catch: [{ ErrorEquals: ["States.ALL"], Output: "{% $states.errorOutput %}", Next: "T" }],
        },
      }),
    ],
  ])("%s", (_, definition) => {
    expect(found(definition)).toEqual([]);
  });
});

describe("a definition that AWS refuses", () => {
  it.each<[string, Fields, string]>([
    ["no StartAt", { States: { P: pass } }, "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"],
    [
      "a start that is nowhere",
      { StartAt: "X", States: { P: pass } },
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /StartAt",
    ],
    [
      "a Next that is nowhere",
      machine({ P: { Type: "Pass", Next: "X" }, Q: pass }),
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /States/P/Next",
    ],
    [
      "a state that nothing leads to",
      machine({ P: pass, Q: pass }),
      'MISSING_TRANSITION_TARGET: State "Q" is not reachable. at /States/Q',
    ],
    [
      "a loop without an end",
      machine({ P: { Type: "Pass", Next: "P" } }),
      "MISSING_END_STATE: Workflow has no terminal state at undefined",
    ],
    [
      "a field of another type of state",
      machine({ P: { ...pass, Catch: [] } }),
      "SCHEMA_VALIDATION_FAILED: Field 'Catch' is not supported at /States/P",
    ],
    [
      "a field of the other language",
      machine({ P: { ...pass, Output: 1 } }),
      "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/P",
    ],
    [
      "JSONPath within JSONata",
      jsonata({ P: { ...pass, QueryLanguage: "JSONPath" } }),
      "SCHEMA_VALIDATION_FAILED: 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/P",
    ],
    [
      "States.ALL with others",
      machine({
        T: {
          Type: "Task",
          Resource: "arn:aws:lambda:us-east-1:000000000000:function:f",
          End: true,
          Retry: [{ ErrorEquals: ["States.ALL", "X"] }],
        },
      }),
      "SCHEMA_VALIDATION_FAILED: States.ALL must appear alone and at end of list at /States/T/Retry[0]/ErrorEquals[0]",
    ],
    [
      "a misspelt action",
      machine({ T: { Type: "Task", Resource: "arn:aws:states:::lambda:invok", End: true } }),
      "SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::lambda:invok is not recognized. The value is not a valid resource ARN, or the resource is not available in this region. at /States/T/Resource",
    ],
    [
      "a missing parameter",
      machine({ T: { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters: {}, End: true } }),
      "SCHEMA_VALIDATION_FAILED: The field 'FunctionName' is required but was missing at /States/T/Parameters",
    ],
    [
      "a heartbeat longer than the timeout",
      machine({
        T: {
          Type: "Task",
          Resource: "arn:aws:lambda:us-east-1:000000000000:function:f",
          TimeoutSeconds: 5,
          HeartbeatSeconds: 9,
          End: true,
        },
      }),
      "SCHEMA_VALIDATION_FAILED: HeartbeatSeconds must be smaller than TimeoutSeconds at /States/T/HeartbeatSeconds",
    ],
    [
      "a time that is none",
      machine({ W: { Type: "Wait", Timestamp: "tomorrow", End: true } }),
      "SCHEMA_VALIDATION_FAILED: String does not match RFC3339 timestamp at /States/W/Timestamp",
    ],
    [
      "a path that does not parse",
      machine({ P: { ...pass, InputPath: "$.a[" } }),
      "SCHEMA_VALIDATION_FAILED: Value is not a valid JSONPath: $.a[ at /States/P/InputPath",
    ],
    [
      "a function that does not exist",
      machine({ P: { ...pass, Parameters: { "a.$": "States.Nope()" } } }),
      "SCHEMA_VALIDATION_FAILED: The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call at /States/P/Parameters",
    ],
    [
      "JSONata that does not parse",
      jsonata({ P: { ...pass, Output: { a: "{% 1 + %}" } } }),
      "INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/P/Output/a",
    ],
    [
      "a bare field at the top level",
      jsonata({ P: { ...pass, Output: "{% phone.mobile %}" } }),
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at /States/P/Output",
    ],
    [
      "the whole input by $",
      jsonata({ P: { ...pass, Output: "{% $.a %}" } }),
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$' at the top level is not supported. at /States/P/Output",
    ],
    [
      "$states.result where there is none",
      jsonata({ P: { ...pass, Output: "{% $states.result %}" } }),
      "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$states.result' is not supported here. at /States/P/Output",
    ],
    [
      "an outer variable assigned within",
      jsonata({
        A: { Type: "Pass", Assign: { x: 1 }, Next: "B" },
        B: { Type: "Parallel", End: true, Branches: [machine({ C: { ...pass, Assign: { x: 2 } } })] },
      }),
      "SCHEMA_VALIDATION_FAILED: The variable 'x' is already defined in an outer scope and can not be assigned in this scope at /States/B/Branches[0]/States/C/Assign",
    ],
    [
      "a reader in an inline Map",
      machine({
        M: {
          Type: "Map",
          ItemReader: { Resource: "arn:aws:states:::s3:getObject" },
          ItemProcessor: machine({ P: pass }),
          End: true,
        },
      }),
      "SCHEMA_VALIDATION_FAILED: Field 'ItemReader' is not supported when the processing mode is INLINE at /States/M",
    ],
    [
      "a long Label",
      machine({
        M: {
          Type: "Map",
          Label: "x".repeat(41),
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            ...machine({ P: pass }),
          },
          End: true,
        },
      }),
      "SCHEMA_VALIDATION_FAILED: Label must have from 1 to 40 characters at /States/M/Label",
    ],
    [
      "neither Next nor End",
      machine({ P: { Type: "Pass" }, Q: pass }),
      "SCHEMA_VALIDATION_FAILED: One of these fields is required: [Next, End] at /States/P",
    ],
  ])("%s", (_, definition, message) => {
    expect(found(definition)).toContain(message);
  });

  it("is refused for EXPRESS where it waits for others", () => {
    const waiting = machine({
      T: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution.sync",
        Parameters: { StateMachineArn: "a" },
        End: true,
      },
    });
    expect(found(waiting)).toEqual([]);
    expect(found(waiting, "EXPRESS")[0]).toContain(
      "Express state machine does not support '.sync' service integration",
    );
  });

  it.each([
    "",
    "[]",
    "1",
    "{",
    '{"StartAt":1,"States":[]}',
    '{"StartAt":"a","States":{"a":null}}',
    '{"StartAt":"a","States":{"a":{"Type":"Nope"}}}',
  ])("is refused and crashes nothing: %s", (definition) => {
    expect(validateDefinition(definition)).not.toEqual([]);
  });
});

describe("a variable that nothing assigns", () => {
  const warnings = (definition: Fields): string[] =>
    validateDefinition(JSON.stringify(definition))
      .filter(({ severity }) => severity === "WARNING")
      .map(({ location }) => location ?? "");

  it("is a warning, for AWS takes the definition and fails when it is read", () => {
    expect(warnings(jsonata({ P: { ...pass, Output: "{% $nowhere %}" } }))).toEqual(["/States/P/Output"]);
    expect(warnings(machine({ P: { ...pass, Parameters: { "a.$": "$nowhere.b" } } }))).toEqual([
      "/States/P/Parameters/a.$",
    ]);
  });

  it("is so within a Distributed Map, which sees nothing of what is around it", () => {
    const inner = {
      ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
      ...machine({ C: { ...pass, Output: "{% $x %}" } }),
    };
    const outer = {
      A: { Type: "Pass", Assign: { x: 1 }, Next: "M" },
      M: { Type: "Map", ItemProcessor: inner, End: true },
    };
    expect(warnings(jsonata(outer))).toEqual(["/States/M/ItemProcessor/States/C/Output"]);
  });
});

describe("what asl-validator lets pass", () => {
  it("is refused here", () => {
    const heartbeat = machine({
      T: { Type: "Task", Resource: "arn:aws:states:::lambda:invok", Parameters: {}, End: true },
    });
    expect(aslValidator(heartbeat).isValid).toBe(true);
    expect(found(heartbeat)).not.toEqual([]);
  });
});

describe("a variable that nothing assigns", () => {
  const output = (expression: string): Fields => jsonata({ P: { ...pass, Output: `{% ${expression} %}` } });
  it.each<[string, string, readonly string[]]>([
    ["is told", "$nowhere + 1", ["nowhere"]],
    ["is not a function's parameter", "$map([1], function($item) { $item + 1 })", []],
    ["is read outside of the function all the same", "$map([1], function($item) { $item }) + $item", ["item"]],
    ["is not what the block has bound", "($a := 1; $b := $a; $a + $b)", []],
    ["is read before the block binds it", "($a := $a; $a)", ["a"]],
    ["is not bound beyond the block", "[($a := 1; $a), $a]", ["a"]],
    ["is not a focus or an index", "[1]@$v#$i.($v + $i)", []],
  ])("%s: %s", (_, expression, names) => {
    expect(found(output(expression))).toEqual(
      names.map(
        (name) =>
          `UNDEFINED_VARIABLE: The variable '$${name}' is not assigned by any state that can be seen from here at /States/P/Output`,
      ),
    );
  });
});
