import aslValidator from "asl-validator";
import { describe, expect, it } from "vitest";
import { validateDefinition } from "../../../infra/validate/validate.ts";

type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
type Fields = { readonly [key: string]: Value };

function machine(states: Fields, more: Fields = {}): Fields {
  return {
    StartAt: Object.keys(states)[0] ?? "",
    States: states,
    ...more,
  };
}
function jsonata(states: Fields): Fields {
  return machine(states, { QueryLanguage: "JSONata" });
}
const pass = { Type: "Pass", End: true };

/** What is found, as CreateStateMachine writes it. */
function found(definition: Fields, type?: "STANDARD" | "EXPRESS"): string[] {
  return validateDefinition(JSON.stringify(definition), type).map(
    ({ code, message, location }) => `${code}: ${message} at ${location}`,
  );
}

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
    ...[
      ["functions", `${"function(){".repeat(4000)}1${"}".repeat(4000)}`],
      ["calls", `${"$f(".repeat(4000)}1${")".repeat(4000)}`],
      ["parentheses", `${"(".repeat(4000)}1${")".repeat(4000)}`],
      ["objects", `${'{"a":'.repeat(4000)}1${"}".repeat(4000)}`],
    ].map(([what = "", source = ""]): [string, Fields, string] => [
      `JSONata with ${what} in ${what}, thousands deep`,
      jsonata({ P: { ...pass, Output: `{% ${source} %}` } }),
      "INVALID_JSONATA_EXPRESSION: The expression is nested too deeply: assign parts of it to variables at /States/P/Output",
    ]),
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
      `INVALID_LABEL_NAME: Label name '${"x".repeat(41)}' exceeds the 40-character limit allowed by the service at /States/M/Label`,
    ],
    [
      "neither Next nor End",
      machine({ P: { Type: "Pass" }, Q: pass }),
      "SCHEMA_VALIDATION_FAILED: This object should have only one of the following fields: [Next, End] at /States/P",
    ],
  ])("%s", (_, definition, message) => {
    expect(found(definition)).toContain(message);
  });

  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:f", End: true };
  function retried(fields: Fields): Fields {
    return { ...task, Retry: [{ ErrorEquals: ["States.ALL"], ...fields }] };
  }
  function processing(config: Fields): Fields {
    return { ProcessorConfig: config, ...machine({ Inner: pass }) };
  }
  function mapOf(mode: "INLINE" | "DISTRIBUTED", fields: Fields): Fields {
    const config = mode === "INLINE" ? { Mode: mode } : { Mode: mode, ExecutionType: "STANDARD" };
    return { Type: "Map", ItemProcessor: processing(config), End: true, ...fields };
  }
  function distributed(fields: Fields): Fields {
    return mapOf("DISTRIBUTED", fields);
  }
  function reading(config: Fields): Fields {
    return distributed({ ItemReader: { Resource: "arn:aws:states:::s3:getObject", ReaderConfig: config } });
  }

  describe("for a number that is none", () => {
    it.each<[Fields, string]>([
      [{ Type: "Wait", Seconds: "5", End: true }, "Expected value of type Integer at /States/S/Seconds"],
      [{ Type: "Wait", Seconds: "{% 5 %}", End: true }, "Expected value of type Integer at /States/S/Seconds"],
      [{ Type: "Wait", Seconds: null, End: true }, "Expected value of type Integer at /States/S/Seconds"],
      [{ Type: "Wait", Seconds: -1, End: true }, "Minimum value is 0 at /States/S/Seconds"],
      [{ ...task, TimeoutSeconds: "5" }, "Expected value of type Integer at /States/S/TimeoutSeconds"],
      [{ ...task, TimeoutSeconds: 0 }, "Minimum value is 1 at /States/S/TimeoutSeconds"],
      [{ ...task, HeartbeatSeconds: 100_000_000 }, "Maximum value is 99999999 at /States/S/HeartbeatSeconds"],
      [retried({ IntervalSeconds: -1 }), "Minimum value is 0 at /States/S/Retry[0]/IntervalSeconds"],
      [retried({ MaxAttempts: 100_000_000 }), "Maximum value is 99999999 at /States/S/Retry[0]/MaxAttempts"],
      [retried({ MaxDelaySeconds: 31_622_401 }), "Maximum value is 31622400 at /States/S/Retry[0]/MaxDelaySeconds"],
      [retried({ BackoffRate: 0.5 }), "Minimum value is 1 at /States/S/Retry[0]/BackoffRate"],
      [retried({ MaxAttempts: 1.5 }), "Expected value of type Integer at /States/S/Retry[0]/MaxAttempts"],
      [
        { ...retried({ MaxAttempts: "{% 2 %}" }), QueryLanguage: "JSONata" },
        "Expected value of type Integer at /States/S/Retry[0]/MaxAttempts",
      ],
      [mapOf("INLINE", { MaxConcurrency: -1 }), "Minimum value is 0 at /States/S/MaxConcurrency"],
      [reading({ MaxItems: 100_000_001 }), "Maximum value is 100000000 at /States/S/ItemReader/ReaderConfig/MaxItems"],
      [
        distributed({ ItemBatcher: { MaxInputBytesPerBatch: 262_145 } }),
        "Maximum value is 262144 at /States/S/ItemBatcher/MaxInputBytesPerBatch",
      ],
      [{ ...task, HeartbeatSeconds: "x" }, "Expected value of type Integer at /States/S/HeartbeatSeconds"],
      [mapOf("INLINE", { MaxConcurrency: "2" }), "Expected value of type Integer at /States/S/MaxConcurrency"],
      [distributed({ ToleratedFailureCount: -1 }), "Minimum value is 0 at /States/S/ToleratedFailureCount"],
      [
        distributed({ ToleratedFailurePercentage: 101 }),
        "Maximum value is 100 at /States/S/ToleratedFailurePercentage",
      ],
      [
        distributed({ ItemBatcher: { MaxItemsPerBatch: 0 } }),
        "Minimum value is 1 at /States/S/ItemBatcher/MaxItemsPerBatch",
      ],
      [
        { Type: "Wait", QueryLanguage: "JSONata", Seconds: "5", End: true },
        "Expected value of type Integer or a JSONata expression at /States/S/Seconds",
      ],
      [
        mapOf("INLINE", { QueryLanguage: "JSONata", Items: 5 }),
        "Expected value of type Array, Object or a JSONata expression at /States/S/Items",
      ],
    ])("%j", (state, message) => {
      expect(found(machine({ S: state }))).toContain(`SCHEMA_VALIDATION_FAILED: ${message}`);
    });

    it("nor for the whole machine's", () => {
      expect(found(machine({ P: pass }, { TimeoutSeconds: -1 }))).toEqual([
        "SCHEMA_VALIDATION_FAILED: Minimum value is 0 at /TimeoutSeconds",
      ]);
      expect(found(machine({ P: pass }, { TimeoutSeconds: 100_000_000 }))).toEqual([
        "SCHEMA_VALIDATION_FAILED: Maximum value is 99999999 at /TimeoutSeconds",
      ]);
      expect(found(machine({ P: pass }, { TimeoutSeconds: 0 }))).toEqual([]);
    });

    it("but not for an interval of none, nor for the longest delay", () => {
      expect(found(machine({ S: retried({ IntervalSeconds: 0, MaxDelaySeconds: 31_622_400 }) }))).toEqual([]);
    });

    it("but not for one that JSONata works out", () => {
      expect(found(jsonata({ W: { Type: "Wait", Seconds: "{% 1 + 1 %}", End: true } }))).toEqual([]);
    });
  });

  describe("for a name that two states have", () => {
    it("in two branches", () => {
      const branches = { Type: "Parallel", Branches: [machine({ Twin: pass }), machine({ Twin: pass })], End: true };
      expect(found(machine({ S: branches }))).toEqual([
        "DUPLICATE_STATE_NAME: Duplicate State name: Twin at /States/S/Branches[1]/States/Twin",
      ]);
    });

    it("in one block, where parsing would lose the first", () => {
      const text = `{"StartAt":"P","States":{"P":{"Type":"Pass","Next":"Q"},"P":{"Type":"Pass","Next":"Q"},"Q":{"Type":"Succeed"}}}`;
      expect(validateDefinition(text)).toMatchObject([{ code: "DUPLICATE_STATE_NAME", location: "/States/P" }]);
    });

    it("but not for a payload that only looks like states", () => {
      const text = `{"StartAt":"P","States":{"P":{"Type":"Pass","Result":{"States":{"a,":1,"a,":2}},"End":true}}}`;
      expect(validateDefinition(text)).toEqual([]);
    });
  });

  describe("for fields that do not go together", () => {
    function failing(fields: Fields): Fields {
      return { Type: "Fail", ...fields };
    }
    it.each<[Fields, string]>([
      [
        failing({ Error: "E", ErrorPath: "$.e" }),
        "There should only be one of the following fields: [Error, ErrorPath] at /States/S",
      ],
      [
        failing({ Cause: "C", CausePath: "$.c" }),
        "There should only be one of the following fields: [Cause, CausePath] at /States/S",
      ],
      [
        mapOf("INLINE", { MaxConcurrency: 1, MaxConcurrencyPath: "$.m" }),
        "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath] at /States/S",
      ],
      [
        reading({ MaxItems: 1, MaxItemsPath: "$.m" }),
        "There should only be one of the following fields: [MaxItems, MaxItemsPath] at /States/S/ItemReader/ReaderConfig",
      ],
      [
        mapOf("INLINE", { ItemSelector: {}, Parameters: {} }),
        "There should only be one of the following fields: [ItemSelector, Parameters] at /States/S",
      ],
      [
        { ...pass, Parameters: { a: 1, "a.$": "$.a" } },
        "There should only be one of the following fields: [a, a.$] at /States/S/Parameters",
      ],
      [{ Type: "Parallel", Branches: [], End: true }, "Value cannot be empty at /States/S/Branches"],
      [
        { Type: "Wait", Seconds: 1, Timestamp: "2030-01-01T00:00:00Z", End: true },
        "There should only be one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/S",
      ],
      [
        { Type: "Wait", End: true },
        "This object should have only one of the following fields: [SecondsPath, Seconds, TimestampPath, Timestamp] at /States/S",
      ],
      [{ ...pass, Next: "S" }, "There should only be one of the following fields: [Next, End] at /States/S"],
      [
        { Type: "Map", End: true },
        "This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/S",
      ],
      [
        mapOf("INLINE", { Iterator: machine({ Other: pass }) }),
        "There should only be one of the following fields: [ItemProcessor, Iterator] at /States/S",
      ],
      [
        { ...task, TimeoutSeconds: 9, TimeoutSecondsPath: "$.t" },
        "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at /States/S",
      ],
      [{ ...task, Catch: [{ ErrorEquals: [], Next: "S" }] }, "Value cannot be empty at /States/S/Catch[0]/ErrorEquals"],
      [
        { ...task, Resource: "arn:aws:states:us-east-1:000000000000:activity:a", Credentials: { RoleArn: "r" } },
        "The field 'Credentials' is not supported for activities at /States/S",
      ],
    ])("%j", (state, message) => {
      expect(found(machine({ S: state }))).toContain(`SCHEMA_VALIDATION_FAILED: ${message}`);
    });
  });

  describe("for a path that AWS does not take in its field", () => {
    const context = "Value is not a Reference Path: the context object cannot be read here";
    it.each<[Fields, string]>([
      [
        distributed({ ToleratedFailureCountPath: "$$.Execution.Input.n" }),
        `${context} at /States/S/ToleratedFailureCountPath`,
      ],
      [
        distributed({ ToleratedFailurePercentagePath: "$$.x" }),
        `${context} at /States/S/ToleratedFailurePercentagePath`,
      ],
      [mapOf("INLINE", { MaxConcurrencyPath: "$$.x" }), `${context} at /States/S/MaxConcurrencyPath`],
      [{ ...task, TimeoutSecondsPath: "$$.x" }, `${context} at /States/S/TimeoutSecondsPath`],
      [{ ...task, HeartbeatSecondsPath: "$$.x" }, `${context} at /States/S/HeartbeatSecondsPath`],
      [{ Type: "Wait", SecondsPath: "$$.x", End: true }, `${context} at /States/S/SecondsPath`],
      [{ Type: "Wait", TimestampPath: "$$.x", End: true }, `${context} at /States/S/TimestampPath`],
      [reading({ MaxItemsPath: "$$.x" }), `${context} at /States/S/ItemReader/ReaderConfig/MaxItemsPath`],
      [
        distributed({ ItemBatcher: { MaxItemsPerBatchPath: "$$.x" } }),
        `${context} at /States/S/ItemBatcher/MaxItemsPerBatchPath`,
      ],
      [{ ...pass, ResultPath: "$$.x" }, `${context} at /States/S/ResultPath`],
      [
        { ...task, TimeoutSecondsPath: "$.a[*]" },
        "Value is not a Reference Path: the path must identify a single node at /States/S/TimeoutSecondsPath",
      ],
      [{ ...pass, InputPath: "a.b" }, "Value must be a valid JSONPath. at /States/S/InputPath"],
      [
        { Type: "Choice", Choices: [{ Variable: "a", IsNull: true, Next: "S" }] },
        "Value is not a Reference Path: Reference path didn't start with '$' at /States/S/Choices[0]/Variable",
      ],
    ])("%j", (state, message) => {
      expect(found(machine({ S: state }))).toContain(`SCHEMA_VALIDATION_FAILED: ${message}`);
    });

    it("once for one that is no text, as for one that two checks look at", () => {
      expect(found(machine({ S: { ...task, TimeoutSecondsPath: 5 } }))).toEqual([
        "SCHEMA_VALIDATION_FAILED: Expected value of type String at /States/S/TimeoutSecondsPath",
      ]);
    });

    it("but for those that AWS documents the context object for", () => {
      expect(found(machine({ S: mapOf("INLINE", { ItemsPath: "$$.Execution.Input.list", InputPath: "$$" }) }))).toEqual(
        [],
      );
    });
  });

  describe("for an integration without what it needs", () => {
    it.each<[string, Fields, string]>([
      [
        "arn:aws:states:::lambda:invoke",
        {},
        "Parameters field is required for resource ARN: arn:aws:states:::lambda:invoke",
      ],
      [
        "arn:aws:states:::sns:publish",
        { QueryLanguage: "JSONata" },
        "Arguments field is required for resource ARN: arn:aws:states:::sns:publish",
      ],
      ["arn:aws:states:::sns:publish", { Parameters: {} }, "The field 'Message' is required but was missing"],
      [
        "arn:aws:states:::ecs:runTask.sync",
        { Parameters: {} },
        "The field 'TaskDefinition' is required but was missing",
      ],
      ["arn:aws:states:::dynamodb:putItem", { Parameters: { "TableName.$": "$.t" } }, "The field 'Item' is required"],
      ["arn:aws:states:::http:invoke", { Parameters: { Method: "GET" } }, "The field 'ApiEndpoint' is required but"],
      ["arn:aws:states:::apigateway:invoke", { Parameters: {} }, "The field 'Method' is required but was missing"],
      ["arn:aws:states:::bedrock:invokeModel", { Parameters: {} }, "The field 'ModelId' is required but was missing"],
      [
        "arn:aws:states:::http:invoke",
        { Parameters: { "ApiEndpoint.$": "$.url", Method: "GET", "Body.$": "$" } },
        'The field "Body.$" is not supported by Step Functions',
      ],
      [
        "arn:aws:states:::apigateway:invoke",
        { QueryLanguage: "JSONata", Arguments: { ApiEndpoint: "a", Method: "GET", Body: {} } },
        'The field "Body" is not supported by Step Functions',
      ],
      ["arn:aws:states:::http:invoke.waitForTaskToken", { Parameters: {} }, "is not recognized"],
      ["lambda:invoke", {}, "Value is not a valid resource ARN"],
      ["arn:aws:states:::sqs:sendMessage.sync", { Parameters: {} }, "is not recognized"],
      ["arn:aws:states:::glue:startJobRun.waitForTaskToken", { Parameters: {} }, "is not recognized"],
    ])("%s %j", (resource, fields, message) => {
      expect(found(machine({ S: { Type: "Task", Resource: resource, End: true, ...fields } })).join()).toContain(
        message,
      );
    });

    it("but not for one of the SDK that takes none", () => {
      const listing = { Type: "Task", Resource: "arn:aws:states:::aws-sdk:s3:listBuckets", End: true };
      expect(found(machine({ S: listing }))).toEqual([]);
    });
  });

  describe("for a name", () => {
    it.each<[string, Fields, string]>([
      ["x".repeat(81), pass, "INVALID_STATE_NAME: State name 'xxx"],
      [
        "S",
        { ...pass, Assign: { states: 1 } },
        "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'.",
      ],
      [
        "S",
        { ...pass, Assign: { "a-b": 1 } },
        "INVALID_VARIABLE_NAME: Invalid variable name 'a-b': the variable name contains invalid characters.",
      ],
    ])("%s %j", (name, state, message) => {
      expect(found(machine({ [name]: state })).join()).toContain(message);
    });

    it("that two Distributed Maps have as their Label", () => {
      const first = { ...distributed({ Label: "same" }), End: false, Next: "T" };
      const second = {
        ...distributed({ Label: "same" }),
        ItemProcessor: {
          ...processing({ Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }),
          ...machine({ Other: pass }),
        },
      };
      expect(found(machine({ S: first, T: second }))).toEqual([
        "DUPLICATE_LABEL_NAME: Duplicate Label name: same at /States/T/Label",
      ]);
    });
  });

  describe("for a misspelt part of a Map", () => {
    it.each<[Fields, string]>([
      [distributed({ ItemBatcher: { MaxItemPerBatch: 2 } }), "Field 'MaxItemPerBatch' is not supported"],
      [reading({ InputTyp: "CSV" }), "Field 'InputTyp' is not supported at /States/S/ItemReader/ReaderConfig"],
      [
        reading({ InputType: "CSV", CSVHeaderLocation: "FIRST_ROW", CSVDelimiter: "COLON" }),
        "Value should be one of the following: [COMMA, PIPE, SEMICOLON, SPACE, TAB]",
      ],
      [reading({ InputType: "CSV" }), "The field 'CSVHeaderLocation' is required"],
      [reading({ InputType: "JSON", CSVHeaderLocation: "FIRST_ROW" }), "Field 'CSVHeaderLocation' is not supported"],
      [
        mapOf("INLINE", { ItemProcessor: processing({ Mode: "DISTRIBUTED" }) }),
        "These fields are required: [ExecutionType] at /States/S/ItemProcessor/ProcessorConfig",
      ],
      [
        mapOf("INLINE", { ItemProcessor: processing({ Mode: "INLINE", ExecutionType: "EXPRESS" }) }),
        "Field 'ExecutionType' is not supported at /States/S/ItemProcessor/ProcessorConfig",
      ],
      [reading({ InputType: "CSV", CSVHeaderLocation: "GIVEN" }), "These fields are required: [CSVHeaders]"],
      [reading({ MaxItemsPath: "$.a[" }), "Value is not a Reference Path: $.a["],
      [
        distributed({ ResultWriter: { WriterConfig: { OutputType: "XML" } } }),
        "Value should be one of the following: [JSON, JSONL] at /States/S/ResultWriter/WriterConfig/OutputType",
      ],
      [
        distributed({ ResultWriter: { Resource: "arn:aws:states:::s3:getObject" } }),
        "The field 'Resource' does not match any of the allowed values at /States/S/ResultWriter/Resource",
      ],
      [distributed({ Label: "a b" }), "Label must have no white space, wildcards, brackets or special characters"],
    ])("%j", (state, message) => {
      expect(found(machine({ S: state })).join()).toContain(message);
    });
  });

  it("for a catcher of the other language", () => {
    function catching(language: string, fields: Fields): Fields {
      return machine({
        T: {
          ...task,
          QueryLanguage: language,
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "Done", ...fields }],
        },
        Done: { Type: "Succeed" },
      });
    }
    expect(found(catching("JSONata", { ResultPath: "$.e" }))).toEqual([
      "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field 'ResultPath' is only supported for the 'JSONPath' QueryLanguage at /States/T/Catch[0]",
    ]);
    expect(found(catching("JSONPath", { Output: 1 }))).toEqual([
      "SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/T/Catch[0]",
    ]);
  });

  it("for a JSONata Condition that is no expression, and for another Version", () => {
    const choosing = { Type: "Choice", Choices: [{ Condition: "true", Next: "Done" }] };
    expect(found(jsonata({ C: choosing, Done: { Type: "Succeed" } }))).toEqual([
      "SCHEMA_VALIDATION_FAILED: Expected value of type Boolean or a JSONata expression at /States/C/Choices[0]/Condition",
    ]);
    expect(found(machine({ P: pass }, { Version: "2.0" }))).toEqual([
      "SCHEMA_VALIDATION_FAILED: Value should be one of the following: [1.0] at /Version",
    ]);
  });

  it("for EXPRESS with a Distributed Map", () => {
    expect(found(machine({ S: distributed({}) }))).toEqual([]);
    expect(found(machine({ S: distributed({}) }), "EXPRESS")).toEqual([
      "SCHEMA_VALIDATION_FAILED: The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines at /States/S/ItemProcessor/ProcessorConfig/Mode",
    ]);
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
  function warnings(definition: Fields): string[] {
    return validateDefinition(JSON.stringify(definition))
      .filter(({ severity }) => severity === "WARNING")
      .map(({ location }) => location ?? "");
  }

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

it("a definition that is no JSON is told in AWS's words", () => {
  expect(validateDefinition("not a definition")).toEqual([
    {
      severity: "ERROR",
      code: "INVALID_JSON_DESCRIPTION",
      message:
        "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n" +
        ' at [Source: (String)"not a definition"; line: 1, column: 4]',
    },
  ]);
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
  function output(expression: string): Fields {
    return jsonata({ P: { ...pass, Output: `{% ${expression} %}` } });
  }
  it.each<[string, string, readonly string[]]>([
    ["is told", "$nowhere + 1", ["nowhere"]],
    ["is not a function of JSONata or of AWS", "$clone($parse('{}'))", []],
    ["is not a function's parameter", "$map([1], function($item) { $item + 1 })", []],
    ["is read outside of the function all the same", "$map([1], function($item) { $item }) + $item", ["item"]],
    ["is not what the block has bound", "($a := 1; $b := $a; $a + $b)", []],
    ["is read before the block binds it", "($a := $a; $a)", ["a"]],
    ["is not a function that calls itself", "($f := function($n) { $n = 0 ? 0 : $f($n - 1) }; $f(1))", []],
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
