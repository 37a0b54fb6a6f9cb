import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  awsCall,
  conditional,
  gt,
  lazy,
  mapTask,
  partial,
  task,
  workflow,
  ActorEnvironment,
  S3File,
  type Workflow,
} from "lambent";
import { describeService } from "../../../../sdk/authoring/service.ts";
import { callerFiles } from "../../../../infra/project/caller-files.ts";
import { checkFileDefaults, checkGrants } from "../../../../infra/serverless/deploy/file-access.ts";
import type { Statement } from "../../../../infra/serverless/deploy/framework.ts";
import { hasRole, providerRole, roleProperties } from "../../../../infra/serverless/deploy/iam.ts";
import { permissionsOf } from "../../../../infra/serverless/deploy/permissions.ts";
import { stateMachine } from "../../../../infra/serverless/deploy/state-machine.ts";
import type { Fields } from "../../../../infra/asl/states.ts";

/** One call: an action on a resource. */
type Call = `${string} on ${string}`;

/**
 * The calls that a definition makes, found by reading its text alone, and not by the code under test: every Lambda
 * state has its FunctionName beside its Resource.
 */
function callsOf(definition: string): Set<Call> {
  const calls = new Set<Call>();
  JSON.parse(definition, function visit(this: unknown, _key, value: unknown) {
    if (isObject(value) && value["Resource"] === "arn:aws:states:::lambda:invoke" && isObject(value["Arguments"])) {
      calls.add(`lambda:InvokeFunction on ${String(value["Arguments"]["FunctionName"])}`);
    }
    return value;
  });
  return calls;
}

/** What AWS's guide for Step Functions lists for logs and traces, of which AWS knows no resource. */
const WITHOUT_RESOURCE: ReadonlySet<string> = new Set(
  [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
  ].map((action) => `${action} on *`),
);

/** What a role allows, each action on each resource; what every state machine needs for its logs and traces apart. */
function allowed(statements: readonly Statement[]): Set<Call> {
  const calls = statements.flatMap(({ Effect, Action, Resource }) => {
    expect(Effect).toBe("Allow");
    const resources = (Array.isArray(Resource) ? Resource : [Resource]) as unknown[];
    return [Action].flat().flatMap((action) => resources.map((resource): Call => `${action} on ${spelled(resource)}`));
  });
  return new Set(calls.filter((call) => !WITHOUT_RESOURCE.has(call)));
}

function spelled(resource: unknown): string {
  if (isObject(resource) && typeof resource["Ref"] === "string") return `\${${resource["Ref"]}}`;
  if (isObject(resource) && typeof resource["Fn::Sub"] === "string") return resource["Fn::Sub"];
  return String(resource);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const actors = ["red", "green", "blue"].map((name) => new ActorEnvironment({ name }));
const tasks = [
  ...actors.map((actor) => actor.task(async ({ n }: { n: number }) => n, { name: `on-${actor.name}` })),
  task(async function plain({ n }: { n: number }) {
    return n;
  }),
];

function roleOf(
  { graph }: Workflow<never, unknown>,
  others: readonly Workflow<never, unknown>[] = [],
): { statements: readonly Statement[]; definition: string; substitutions: unknown } {
  const description = {
    functions: [
      { tasks: [], exports: [] },
      ...actors.map(({ name }) => ({
        actor: { name, replicaCount: 1, whenBusy: "queue" as const },
        tasks: [],
        exports: [],
      })),
    ],
    workflows: [graph, ...others.map((other) => other.graph)],
  };
  const machine = stateMachine(graph, {
    service: "s",
    stage: "dev",
    config: { workflows: "*.ts" },
    provider: {},
    description,
    retentionInDays: 7,
    callerFiles: [],
    callerKeys: [],
    aliasId: (actor) => `${actor ?? "tasks"}Alias`,
    functionId: (actor) => `${actor}LambdaFunction`,
    storage: { bucket: "code", keyPrefix: "definitions/" },
  });
  const role = machine.resources[`${machine.id}Role`]?.Properties as unknown as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[];
  };
  return {
    statements: role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    definition: String(machine.resources[machine.id]?.Properties["DefinitionString"]),
    substitutions: machine.resources[machine.id]?.Properties["DefinitionSubstitutions"],
  };
}

const OWN = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}";
/** Of a map that may be distributed: it starts child executions, and finds out what failed in one. */
const CHILD_EXECUTIONS: Call[] = [
  `states:StartExecution on ${OWN}:stateMachine:s-dev-wf`,
  `states:DescribeExecution on ${OWN}:execution:s-dev-wf:*`,
  `states:StopExecution on ${OWN}:execution:s-dev-wf:*`,
  `states:RedriveExecution on ${OWN}:execution:s-dev-wf/*:*`,
  `states:ListMapRuns on ${OWN}:execution:s-dev-wf:*`,
  `states:ListExecutions on ${OWN}:stateMachine:s-dev-wf`,
  `states:ListExecutions on ${OWN}:mapRun:s-dev-wf/*`,
  `states:DescribeExecution on ${OWN}:execution:s-dev-wf/*:*`,
];

describe("a state machine that starts others", () => {
  const EVENTS = ["PutTargets", "PutRule", "DescribeRule"].map(
    (action) =>
      `events:${action} on arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
  );
  function grants(name: string, machine: string): Call[] {
    return [
      `states:StartExecution on ${machine}`,
      `states:DescribeExecution on ${OWN}:execution:s-dev-${name}:*`,
      `states:StopExecution on ${OWN}:execution:s-dev-${name}:*`,
      ...(EVENTS as Call[]),
    ];
  }
  const other = workflow({ n: 1 }, function other({ n }) {
    return n;
  });

  test("may start, look at and stop their executions, and no others, and refers to them", () => {
    const wf = workflow({ n: 1 }, function wf({ n }) {
      return [other.start({ n }), other.start.withOverrides({ retries: 1 })({ n })];
    });
    const { statements, definition, substitutions } = roleOf(wf, [other]);
    expect(new Set([...allowed(statements)].filter((call) => !call.startsWith("logs:")))).toEqual(
      new Set(grants("other", "${OtherStateMachine}")),
    );
    expect(substitutions).toEqual({ OtherStateMachine: { Ref: "OtherStateMachine" } });
    expect(definition).toContain('$replace(\\"${OtherStateMachine}\\"');
  });

  test("may start one of type EXPRESS and wait for its answer, and nothing else", () => {
    const quick = workflow({ n: 1 }, ({ n }) => n, { name: "quick", type: "EXPRESS" });
    const { statements, substitutions } = roleOf(
      workflow({ n: 1 }, ({ n }) => mapTask(quick.start)({ n: [n, 2] }), { name: "wf", type: "EXPRESS" }),
      [quick],
    );
    expect([...allowed(statements)].filter((call) => call.startsWith("states:Start"))).toEqual([
      "states:StartSyncExecution on ${QuickStateMachine}",
    ]);
    expect(substitutions).toEqual({ QuickStateMachine: { Ref: "QuickStateMachine" } });
  });

  test("and itself has its own ARN by its name, as CloudFormation would wait for itself", () => {
    const wf = workflow({ n: 1 }, function wf({ n }, self) {
      return conditional(
        gt(n, 0),
        () => self.start<number>({ n }),
        () => n,
      );
    });
    const arn = `${OWN}:stateMachine:s-dev-wf`;
    const { statements, substitutions } = roleOf(wf);
    expect(new Set([...allowed(statements)].filter((call) => !call.startsWith("logs:")))).toEqual(
      new Set(grants("wf", arn)),
    );
    expect(substitutions).toEqual({ WfStateMachine: { "Fn::Sub": arn } });
  });
});

test("state machines that start each other have their ARNs by their names, and a task that only one of them leads to has its function", () => {
  const measure = task(async ({ n }: { n: number }) => n, { name: "measure" });
  const first = workflow({ n: 1 }, ({ n }) => lazy("second", () => second).start({ n }), { name: "first" });
  const second: Workflow<{ n?: number }, number> = workflow(
    { n: 1 },
    ({ n }) => [measure({ n }), lazy("third", () => third).start({ n })] as never,
    { name: "second" },
  );
  const third: Workflow<{ n?: number }, number> = workflow({ n: 1 }, ({ n }) => first.start({ n }) as never, {
    name: "third",
  });
  for (const [wf, started] of [
    [first, "second"],
    [second, "third"],
    [third, "first"],
  ] as const) {
    const { substitutions } = roleOf(wf as never, [first, second, third].filter((one) => one !== wf) as never);
    const id = Object.keys(substitutions as object).find((name) => name.endsWith("StateMachine"));
    expect((substitutions as Record<string, unknown>)[id ?? ""]).toEqual({
      "Fn::Sub": `${OWN}:stateMachine:s-dev-${started}`,
    });
  }
  expect(describeService([{ first }])).toMatchObject({
    functions: [{ tasks: ["measure"] }],
    workflows: [{ workflow: "first" }, { workflow: "second" }, { workflow: "third" }],
  });
});

test("a state machine's role allows the calls that its definition makes, and no others, whatever the workflow", () => {
  // Each step is a task on one of the actors, alone, mapped, in one branch of a choice, or in a nested workflow.
  const step = fc.tuple(fc.nat(tasks.length - 1), fc.constantFrom("call", "map", "choice", "nested"));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
      const wf = workflow({ n: 1, values: [1, 2] }, function wf({ n, values }) {
        return steps.map(([index, kind]) => {
          const chosen = tasks[index] as (typeof tasks)[number]; // the index is within bounds
          if (kind === "map") return mapTask(partial(chosen, {}))({ n: values });
          if (kind === "choice")
            return conditional(
              gt(n, 1),
              () => chosen({ n }),
              () => n,
            );
          if (kind === "nested")
            return workflow({ n: 2 }, function inner({ n }) {
              return chosen({ n });
            })({ n });
          return chosen({ n });
        });
      });
      const { statements, definition } = roleOf(wf as never);
      const streams =
        "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/vendedlogs/states/s-dev-wf:*";
      const logs: Call[] = [`logs:CreateLogStream on ${streams}`, `logs:PutLogEvents on ${streams}`];
      const children = steps.some(([, kind]) => kind === "map") ? CHILD_EXECUTIONS : [];
      expect(allowed(statements)).toEqual(new Set([...callsOf(definition), ...children, ...logs]));
    }),
    { numRuns: 50 },
  );
});

test("a role of a hundred aliases has one statement for them, since IAM takes 10,240 characters of a role's policies", () => {
  const states = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [
      `S${index}`,
      { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Arguments: { FunctionName: `f${index % 70}` } },
    ]),
  );
  function functionArn(written: string): string {
    return `arn:aws:lambda:eu-west-1:123456789012:function:service-prod-${written}:live`;
  }
  const statements = permissionsOf({ StartAt: "S0", States: states }, { stateMachineName: "s", functionArn });
  expect(statements).toHaveLength(1);
  expect(statements[0]?.Resource).toHaveLength(70);
  expect(JSON.stringify(statements).length).toBeLessThan(10_240);
});

test("the service's own bucket is none of those whose objects callers may name", () => {
  function check(config: object, stack = "app-dev"): () => void {
    return () => checkGrants({ workflows: "*.ts", ...config }, stack);
  }
  const named = { bucket: { name: "own" } };
  expect(check({ ...named, buckets: { own: "read" } })).toThrow(
    "lambent.buckets lists own, which is the service's own",
  );
  expect(check({ ...named, buckets: { other: "read", own: "write" } })).toThrow("lambent.buckets lists own");
  expect(check({ ...named, buckets: { "own-2": "read" } })).not.toThrow();
  expect(check({ buckets: { "app-dev-lambentbucket-1a2b3c": "read" } }, "App-dev")).toThrow(
    "lists app-dev-lambentbucket",
  );
  const long = "a-stack-with-a-very-long-name-dev";
  expect(check({ buckets: { "a-stack-with-a-very-long-lambentbucket-1a2b3c": "read" } }, long)).toThrow(
    "lists a-stack",
  );
  expect(check({ buckets: { "other-dev-lambentbucket-1a2b3c": "read" } })).not.toThrow();
  expect(check({})).not.toThrow();
});

test("no function is named as a directory of Lambent's in the bucket is", () => {
  function open(name: string, granted: readonly string[] = []): () => readonly string[] {
    return () => callerFiles({ bucket: "own", keyPrefix: "app-dev/", functions: ["app-dev-a", name], granted });
  }
  expect(open("files")).toThrow(
    "a function is named files, and what it stores would lie under s3://own/files/, a directory of Lambent's own",
  );
  for (const name of ["assets", "values", "results", "app-dev", "Files"]) expect(open(name)).toThrow(`named ${name}`);
  for (const name of ["my-files", "files2", "asset"]) expect(open(name)).not.toThrow();
  expect(open("b", ["own"])).toThrow("lambent.buckets lists own");
});

test("a default that no role may read is refused, in the service's own bucket too, and within a list", () => {
  const readable = ["s3://own/files/", "s3://granted/"];
  function check(uri: string) {
    const file = new S3File({ uri, version: "v", format: "txt" });
    return () => {
      for (const value of [file, [file], { deep: [{ file }] }])
        checkFileDefaults(workflow({ value }, function wf() {}).graph, "own", readable);
    };
  }
  expect(check("s3://own/files/a.txt")).not.toThrow();
  expect(check("s3://granted/any.txt")).not.toThrow();
  expect(check("s3://own/models/a.txt")).toThrow(
    "workflow wf: the default of value is s3://own/models/a.txt, and nothing may read it there: files of the service's own bucket lie under s3://own/files/",
  );
  expect(check("s3://other/a.txt")).toThrow(
    "nothing may read bucket other: write lambent: { buckets: { other: read } }",
  );
});

describe("calls that the compiler does not write yet", () => {
  const surroundings = { stateMachineName: "s-dev-wf", functionArn: (written: string) => written };
  function allow(definition: Fields): string[] {
    return [...allowed(permissionsOf(definition, surroundings))].toSorted();
  }

  test("a Distributed Map starts executions of its own state machine, and reads and writes only its own objects", () => {
    const inner = {
      StartAt: "Item",
      States: {
        Item: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke",
          Arguments: { FunctionName: "f:live" },
          End: true,
        },
      },
    };
    const map = {
      Type: "Map",
      ItemProcessor: { ...inner, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } },
      ItemReader: { Resource: "arn:aws:states:::s3:getObject", Arguments: { Bucket: "b", Key: "in.json" } },
      ResultWriter: { Resource: "arn:aws:states:::s3:putObject", Arguments: { Bucket: "b", Prefix: "out" } },
      End: true,
    };
    function own(kind: string): string {
      return `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:${kind}:s-dev-wf`;
    }
    expect(allow({ StartAt: "Map", States: { Map: map } })).toEqual([
      "lambda:InvokeFunction on f:live",
      "s3:AbortMultipartUpload on arn:${AWS::Partition}:s3:::b/out/*",
      "s3:GetObject on arn:${AWS::Partition}:s3:::b/in.json",
      "s3:GetObject on arn:${AWS::Partition}:s3:::b/out/*",
      "s3:ListMultipartUploadParts on arn:${AWS::Partition}:s3:::b/out/*",
      "s3:PutObject on arn:${AWS::Partition}:s3:::b/out/*",
      `states:DescribeExecution on ${own("execution")}:*`,
      `states:RedriveExecution on ${own("execution")}/*:*`,
      `states:StartExecution on ${own("stateMachine")}`,
      `states:StopExecution on ${own("execution")}:*`,
    ]);
  });

  test("a nested execution that is waited for is started, watched and stopped, and its events are routed", () => {
    const child = "arn:aws:states:eu-west-1:123456789012:stateMachine:child";
    const state = {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution.sync:2",
      Arguments: { StateMachineArn: child },
      End: true,
    };
    const rule =
      "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule";
    const executions = "arn:aws:states:eu-west-1:123456789012:execution:child:*";
    expect(allow({ StartAt: "Child", States: { Child: state } })).toEqual([
      `events:DescribeRule on ${rule}`,
      `events:PutRule on ${rule}`,
      `events:PutTargets on ${rule}`,
      `states:DescribeExecution on ${executions}`,
      `states:StartExecution on ${child}`,
      `states:StopExecution on ${executions}`,
    ]);
  });

  test("what no role can be made for is refused by the state's name", () => {
    function call(state: Fields) {
      return () => allow({ StartAt: "Odd", States: { Odd: { Type: "Task", ...state } } });
    }
    expect(call({ Resource: "arn:aws:states:::sqs:sendMessage" })).toThrow(
      'state Odd calls "arn:aws:states:::sqs:sendMessage", for which no permissions are known',
    );
    expect(call({ Resource: "arn:aws:states:::lambda:invoke", Arguments: { FunctionName: "{% $name %}" } })).toThrow(
      "state Odd: FunctionName must be known when the service is deployed",
    );
  });
});

test("the provider's older fields for roles say the same as provider.iam.role", () => {
  const boundary = "arn:aws:iam::123456789012:policy/boundary";
  const statement: Statement = { Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" };
  expect(roleProperties({ rolePermissionsBoundary: boundary })).toEqual({ PermissionsBoundary: boundary });
  expect(roleProperties({ iam: { role: { permissionBoundary: boundary } } })).toEqual({
    PermissionsBoundary: boundary,
  });
  expect(providerRole({ iamRoleStatements: [statement], iamManagedPolicies: ["arn:mine"] })).toEqual({
    statements: [statement],
    managedPolicies: ["arn:mine"],
  });
  expect(providerRole({ iam: { role: { statements: [] } }, iamRoleStatements: [statement] })).toEqual({
    statements: [],
  });
  expect(hasRole({ role: "arn:aws:iam::123456789012:role/mine" })).toBe(true);
  expect(hasRole({ iam: { role: { "Fn::ImportValue": "role" } as object } })).toBe(true);
  expect(hasRole({ iam: { role: { statements: [] } } })).toBe(false);
});

describe("the rights of awsCall", () => {
  function own(rest: string): string {
    return `arn:\${AWS::Partition}:${rest}`;
  }
  function here(service: string, rest: string): string {
    return own(`${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`);
  }

  test.each<[string, object, string, string]>([
    ["dynamodb:getItem", { TableName: "t" }, "dynamodb:GetItem", here("dynamodb", "table/t")],
    ["dynamodb:query", { TableName: "t", IndexName: "i" }, "dynamodb:Query", here("dynamodb", "table/t/index/i")],
    ["dynamodb:batchGetItem", { RequestItems: { t: {} } }, "dynamodb:BatchGetItem", here("dynamodb", "table/t")],
    ["s3:getObject", { Bucket: "b", Key: "k" }, "s3:GetObject", own("s3:::b/k")],
    ["s3:headObject", { Bucket: "b", Key: "k" }, "s3:GetObject", own("s3:::b/k")],
    ["s3:listObjectsV2", { Bucket: "b" }, "s3:ListBucket", own("s3:::b")],
    [
      "sqs:sendMessage",
      { QueueUrl: "https://sqs.eu-west-1.amazonaws.com/123456789012/q", MessageBody: "m" },
      "sqs:SendMessage",
      own("sqs:eu-west-1:123456789012:q"),
    ],
    [
      "sns:publish",
      { TopicArn: "arn:aws:sns:eu-west-1:123456789012:t", Message: "m" },
      "sns:Publish",
      "arn:aws:sns:eu-west-1:123456789012:t",
    ],
    ["events:putEvents", { Entries: [{ EventBusName: "bus" }] }, "events:PutEvents", here("events", "event-bus/bus")],
    ["lambda:invoke", { FunctionName: "f" }, "lambda:InvokeFunction", here("lambda", "function:f")],
    ["aws-sdk:lambda:invoke", { FunctionName: "f" }, "lambda:InvokeFunction", here("lambda", "function:f")],
    [
      "sfn:startExecution",
      { StateMachineArn: "arn:aws:states:eu-west-1:123456789012:stateMachine:m" },
      "states:StartExecution",
      "arn:aws:states:eu-west-1:123456789012:stateMachine:m",
    ],
    [
      "secretsmanager:getSecretValue",
      { SecretId: "s" },
      "secretsmanager:GetSecretValue",
      here("secretsmanager", "secret:s-??????"),
    ],
    ["ssm:getParameter", { Name: "/a/b" }, "ssm:GetParameter", here("ssm", "parameter/a/b")],
    ["cloudwatchlogs:putLogEvents", { LogGroupName: "g" }, "logs:PutLogEvents", here("logs", "log-group:g:*")],
    ["bedrock:invokeModel", { ModelId: "m" }, "bedrock:InvokeModel", own("bedrock:${AWS::Region}::foundation-model/m")],
    ["sesv2:sendEmail", {}, "ses:SendEmail", "*"],
    ["textract:detectDocumentText", {}, "textract:DetectDocumentText", "*"],
  ])("%s %j", (action, parameters, allowed, resource) => {
    expect(statementsOf(action, parameters)).toEqual([
      {
        Effect: "Allow",
        Action: [allowed],
        Resource: [resource.includes("${AWS::") ? { "Fn::Sub": resource } : resource],
      },
    ]);
  });

  test("are what the author names, where that is said", () => {
    const permissions = [{ actions: ["iam:PassRole"], resources: ["arn:aws:iam::123456789012:role/r"] }];
    expect(statementsOf("ecs:runTask.sync", {}, { permissions })).toEqual([
      { Effect: "Allow", Action: ["iam:PassRole"], Resource: ["arn:aws:iam::123456789012:role/r"] },
    ]);
    expect(statementsOf("dynamodb:getItem", {}, { resource: "arn:aws:dynamodb:eu-west-1:1:table/t" })).toEqual([
      { Effect: "Allow", Action: ["dynamodb:GetItem"], Resource: ["arn:aws:dynamodb:eu-west-1:1:table/t"] },
    ]);
  });
});

function statementsOf(action: string, parameters: object, options: object = {}): Statement[] {
  // What a type would refuse is of no matter for rights.
  const calling = workflow({}, () => Reflect.apply(awsCall, undefined, [action, parameters, options]) as null, {
    name: "calling",
  });
  const calls = calling.graph.nodes.filter((node) => node.kind === "awsCall");
  return permissionsOf(
    { StartAt: "S", States: {} },
    { stateMachineName: "s", functionArn: (written) => written, calls },
  );
}
