import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type MachineFile, readMachineFile } from "../../../infra/templates/machine-file.ts";

const PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}';

/** What the first of these files says, with the values of `--parameter`. */
function read(files: Readonly<Record<string, string>>, parameters: Readonly<Record<string, string>> = {}): MachineFile {
  const directory = mkdtempSync(join(tmpdir(), "lambent-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const [shown = ""] = Object.keys(files);
  const surroundings = {
    region: "eu-west-1",
    accountId: "000000000000",
    parameters: new Map(Object.entries(parameters)),
  };
  return readMachineFile({ path: join(directory, shown), shown }, surroundings);
}

/** What the state machine's first state is given. */
function definitionOf({ machines: [machine], problems }: MachineFile): unknown {
  expect(problems).toEqual([]);
  return JSON.parse(machine?.definition ?? "");
}

/** A template of CloudFormation with one state machine whose state Pass results in what is given, as YAML. */
function resultOf(result: string, more: string = "", parameters: Readonly<Record<string, string>> = {}): unknown {
  const template = `
Resources:
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      Definition:
        StartAt: A
        States: { A: { Type: Pass, End: true, Result: ${result} } }
${more}`;
  const file = read({ "template.yaml": template }, parameters);
  if (file.problems.length > 0) return file.problems;
  const { States } = JSON.parse(file.machines[0]?.definition ?? "") as { States: { A: { Result: unknown } } };
  return States.A.Result;
}

test("a definition is named after its file, and JSON stays as it is written, with its faults", () => {
  expect(read({ "order.asl.json": PASS }).machines).toMatchObject([
    { name: "order", type: "STANDARD", definition: PASS, origin: "order.asl.json" },
  ]);
  expect(read({ "order.asl.json": "{" }).machines).toMatchObject([{ definition: "{" }]);
  expect(read({ "plain.json": PASS }).machines).toMatchObject([{ name: "plain" }]);
  const yaml = read({ "in/other.asl.yml": "StartAt: A\nStates:\n  A: { Type: Pass, End: true, Result: 1 }\n" });
  expect(yaml.machines[0]?.name).toBe("other");
  expect(definitionOf(yaml)).toEqual({ StartAt: "A", States: { A: { Type: "Pass", End: true, Result: 1 } } });
});

test("placeholders of a definition are given by parameters, and those that are left are known", () => {
  const definition = PASS.replace("true}", 'true, "Result": "${Table} ${Other}"}');
  const { machines } = read({ "a.asl.json": definition }, { Table: "orders" });
  expect(machines[0]?.definition).toContain('"orders ${Other}"');
  expect(machines[0]?.leftOver).toEqual(["Other"]);
});

test("YAML that is broken is told with its line", () => {
  expect(read({ "a.asl.yaml": "StartAt: A\nStates: {\n" }).problems).toEqual([
    expect.stringMatching(/^a\.asl\.yaml: .*at line \d/s),
  ]);
  const template =
    "Resources: { A: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: in/a.yaml } } }";
  expect(read({ "t.yaml": template, "in/a.yaml": "StartAt: A\nStates: { N: ${N} }" }).problems).toEqual([
    expect.stringMatching(/^t\.yaml: \/.*\/in\/a\.yaml: .* at line 2, column \d/s),
  ]);
  const sls = "service: a\nprovider: {}\nfunctions: ${file(f.yml)}";
  expect(read({ "serverless.yml": sls, "f.yml": "a: {" }).problems).toEqual([
    expect.stringMatching(/^serverless\.yml: \/.*\/f\.yml: .* at line 1/s),
  ]);
  expect(read({ "a.yaml": "Resources: { A: 1, A: 2 }" }).problems).toEqual([
    expect.stringContaining("Map keys must be unique at line 1"),
  ]);
});

test("what is neither a definition nor a template is refused", () => {
  expect(read({ "package.json": "{}" }).problems).toEqual([
    "package.json: it is neither a definition (StartAt and States) nor a template of CloudFormation, SAM (Resources) or the Serverless Framework (service)",
  ]);
  expect(read({ "t.yaml": "Resources: { Queue: { Type: AWS::SQS::Queue } }" }).problems).toEqual([
    "t.yaml: it has no state machine among its resources",
  ]);
});

test("a SAM template: file, substitutions, type, tags, logging and tracing", () => {
  const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Trading:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      DefinitionUri: machines/trading.asl.json
      DefinitionSubstitutions: { Arn: !GetAtt Checker.Arn, Table: !Ref Tx, Seconds: 5 }
      Role: !GetAtt TradingRole.Arn
      Tags: { team: trade }
      Tracing: { Enabled: true }
      Logging:
        Level: ERROR
        IncludeExecutionData: true
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: !GetAtt Logs.Arn } }]
  Checker: { Type: AWS::Serverless::Function, Properties: { FunctionName: checks } }
  Tx: { Type: AWS::Serverless::SimpleTable }
  Logs: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: /trading } }
`;
  const definition = PASS.replace("true}", 'true, "Result": ["${Arn}", "${Table}", "${Seconds}"]}');
  const file = read({ "template.yaml": template, "machines/trading.asl.json": definition });
  expect(file.machines).toEqual([
    {
      name: "Trading",
      type: "EXPRESS",
      definition: PASS.replace(
        "true}",
        'true, "Result": ["arn:aws:lambda:eu-west-1:000000000000:function:checks", "Tx", "5"]}',
      ),
      leftOver: [],
      roleArn: "arn:aws:iam::000000000000:role/TradingRole",
      tags: [{ key: "team", value: "trade" }],
      tracingConfiguration: { enabled: true },
      loggingConfiguration: {
        level: "ERROR",
        includeExecutionData: true,
        destinations: [
          { cloudWatchLogsLogGroup: { logGroupArn: "arn:aws:logs:eu-west-1:000000000000:log-group:/trading:*" } },
        ],
      },
      origin: "Trading of template.yaml",
      file: file.files[0],
    },
  ]);
  expect(file.files[1]).toMatch(/machines\/trading\.asl\.json$/);
});

test("what CDK has put together: joined texts, its partition, conditions, and definitions among its assets", () => {
  const text = {
    "Fn::Join": [
      "",
      [
        '{"StartAt":"A","States":{"A":{"Type":"Task","End":true,"Resource":"arn:',
        { Ref: "AWS::Partition" },
        ':states:::lambda:invoke","Parameters":{"FunctionName":"',
        { "Fn::GetAtt": ["Work1A2B", "Arn"] },
        '"}}}}',
      ],
    ],
  };
  const location = { Bucket: { "Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}" }, Key: "7f.json" };
  const machine = "AWS::StepFunctions::StateMachine";
  const template = {
    Resources: {
      Joined3C: { Type: machine, Properties: { DefinitionString: text, RoleArn: { "Fn::GetAtt": ["None", "Arn"] } } },
      Asset4D: {
        Type: machine,
        Properties: { DefinitionS3Location: location, DefinitionSubstitutions: { N: { Ref: "Work1A2B" } } },
      },
      Not5E: { Type: machine, Condition: "InChina", Properties: {} },
      Work1A2B: { Type: "AWS::Lambda::Function", Properties: {} },
      CDKMetadata: { Type: "AWS::CDK::Metadata", Condition: "InChina" },
    },
    Conditions: { InChina: { "Fn::Or": [{ "Fn::Equals": [{ Ref: "AWS::Region" }, "cn-north-1"] }] } },
    Parameters: { BootstrapVersion: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/cdk/version" } },
  };
  const files = {
    "Stack.template.json": JSON.stringify(template),
    "asset.7f.json": PASS.replace("true}", 'true, "Result": "${N}"}'),
  };
  const { machines, problems } = read(files);
  expect(problems).toEqual([]);
  expect(machines.map(({ name, roleArn }) => [name, roleArn])).toEqual([
    ["Joined3C", "arn:aws:iam::000000000000:role/Joined3C"],
    ["Asset4D", "arn:aws:iam::000000000000:role/Asset4D"],
  ]);
  expect(JSON.parse(machines[0]?.definition ?? "")).toMatchObject({
    States: {
      A: {
        Resource: "arn:aws:states:::lambda:invoke",
        Parameters: { FunctionName: "arn:aws:lambda:eu-west-1:000000000000:function:Work1A2B" },
      },
    },
  });
  expect(machines[1]?.definition).toContain('"Result": "Work1A2B"');
});

test.each([
  ["!Ref Machine", "arn:aws:states:eu-west-1:000000000000:stateMachine:Machine"],
  ["!Sub '${AWS::StackName}-${!x}-${Queue}'", "local-${x}-https://sqs.eu-west-1.amazonaws.com/000000000000/q"],
  [
    "[!GetAtt Queue.Arn, !Ref Topic]",
    ["arn:aws:sqs:eu-west-1:000000000000:q", "arn:aws:sns:eu-west-1:000000000000:Topic"],
  ],
  ["!Join ['-', !Split [',', 'a,b']]", "a-b"],
  ["!Select [1, [[1], [2, 3]]]", [2, 3]],
  ["!If [IsDev, [1, !Ref AWS::NoValue], 2]", [1]],
  ["{ a: !Ref AWS::NoValue, b: 1 }", { b: 1 }],
  ["!FindInMap [Sizes, !Ref Stage, size]", 3],
  ["!Ref Names", ["a", "b"]],
  ["!Sub '${Names}'", "a,b"],
  ["!Ref Act", "arn:aws:states:eu-west-1:000000000000:activity:Act"],
  ["!Ref Version", "arn:aws:lambda:eu-west-1:000000000000:function:Fn:1"],
  ["!GetAtt Version.Version", "1"],
  ["!GetAtt Version.FunctionArn", "arn:aws:lambda:eu-west-1:000000000000:function:Fn:1"],
  ["!Ref Fn.Alias", "arn:aws:lambda:eu-west-1:000000000000:function:Fn:live"],
  ["!Ref FnAliaslive", "arn:aws:lambda:eu-west-1:000000000000:function:Fn:live"],
  ["!Ref First", "arn:aws:states:eu-west-1:000000000000:stateMachine:Sam:1"],
  ["!GetAtt Prod.Arn", "arn:aws:states:eu-west-1:000000000000:stateMachine:Sam:prod"],
  ["!Ref Canary", "arn:aws:states:eu-west-1:000000000000:stateMachine:Sam:Canary"],
  ["!Ref Sam.Version", "arn:aws:states:eu-west-1:000000000000:stateMachine:Sam:1"],
  ["!Ref SamAliaslive", "arn:aws:states:eu-west-1:000000000000:stateMachine:Sam:live"],
  ["!Base64 a", "YQ=="],
])("in a template %s is %j", (written, value) => {
  const more = `
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: !If [IsDev, q, Q] } }
  Topic: { Type: AWS::SNS::Topic }
  Act: { Type: AWS::StepFunctions::Activity }
  Fn: { Type: AWS::Serverless::Function, Properties: { AutoPublishAlias: live } }
  Version: { Type: AWS::Lambda::Version, Properties: { FunctionName: !Ref Fn } }
  Sam: { Type: AWS::Serverless::StateMachine, Properties: { Definition: {}, AutoPublishAlias: live } }
  First: { Type: AWS::StepFunctions::StateMachineVersion, Properties: { StateMachineArn: !Ref Sam } }
  Prod:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: { Name: prod, RoutingConfiguration: [{ StateMachineVersionArn: !Ref First, Weight: 100 }] }
  Canary:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: { DeploymentPreference: { StateMachineVersionArn: !GetAtt First.Arn, Type: ALL_AT_ONCE } }
Parameters:
  Stage: { Type: String, Default: dev }
  Names: { Type: CommaDelimitedList, Default: "a, b" }
Mappings: { Sizes: { dev: { size: 3 } } }
Conditions: { IsDev: !Not [!Condition IsProd], IsProd: !Equals [!Ref Stage, prod] }`;
  expect(resultOf(written, more)).toEqual(value);
});

test.each([
  ["!Ref Nothing", "Nothing"],
  ["!GetAtt Other.Outputs.Arn", "Other.Outputs.Arn"],
  ["!Sub 'x-${Bare}'", "Bare"],
  ["!ImportValue shared", "shared"],
  ["!Ref Version", "Version"],
  ["!Ref Odd", "Odd"],
])("%s is refused with its place, and --parameter %s gives it a value", (written, key) => {
  const more = `
  Odd: { Type: Custom::Odd }
Parameters:
  Bare: { Type: String }
  Version: { Type: AWS::SSM::Parameter::Value<String>, Default: /version }`;
  expect(resultOf(written, more)).toEqual([
    expect.stringMatching(
      /^template\.yaml: Resources\.Machine\.Properties\.Definition\.States\.A\.Result.*has no value on this machine: give it one with --parameter .*=VALUE/,
    ),
  ]);
  expect(resultOf(written, more)).toEqual([expect.stringContaining(`--parameter ${key}=VALUE`)]);
  expect(String(resultOf(written, more, { [key]: "given" }))).toMatch(/given$/);
});

test("versions and aliases of state machines, and those that SAM makes", () => {
  const template = `
Parameters: { Alias: { Type: String, Default: live } }
Resources:
  Order: { Type: AWS::StepFunctions::StateMachine, Properties: { DefinitionString: '${PASS}' } }
  Ship: { Type: AWS::Serverless::StateMachine, Properties: { Definition: {}, AutoPublishAlias: !Ref Alias } }
  One:
    Type: AWS::StepFunctions::StateMachineVersion
    Properties: { StateMachineArn: !Ref Order, StateMachineRevisionId: !GetAtt Order.StateMachineRevisionId, Description: first }
  Two: { Type: AWS::StepFunctions::StateMachineVersion, Properties: { StateMachineArn: !Ref Order } }
  Prod:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties:
      Name: prod
      RoutingConfiguration:
        - { StateMachineVersionArn: !Ref One, Weight: 80 }
        - { StateMachineVersionArn: !Ref Two, Weight: 20 }
`;
  const arn = "arn:aws:states:eu-west-1:000000000000:stateMachine:";
  const { versions, aliases, problems } = read({ "t.yaml": template });
  expect(problems).toEqual([]);
  expect(versions).toEqual([
    { stateMachineArn: `${arn}Ship`, origin: "Ship of t.yaml" },
    { stateMachineArn: `${arn}Order`, description: "first", origin: "One of t.yaml" },
    { stateMachineArn: `${arn}Order`, origin: "Two of t.yaml" },
  ]);
  expect(aliases).toEqual([
    {
      name: "live",
      routingConfiguration: [{ stateMachineVersionArn: `${arn}Ship:1`, weight: 100 }],
      origin: "Ship of t.yaml",
    },
    {
      name: "prod",
      routingConfiguration: [{ stateMachineVersionArn: `${arn}Order:1`, weight: 100 }],
      origin: "Prod of t.yaml",
    },
  ]);
});

test("loops of a template: over texts and parameters, within each other, in resources and in properties", () => {
  const template = `
Transform: AWS::LanguageExtensions
Parameters: { Stages: { Type: CommaDelimitedList, Default: "dev, prod-eu" } }
Resources:
  Fn::ForEach::Machines:
    - Stage
    - !Ref Stages
    - Fn::ForEach::Kinds:
        - Kind
        - [Order, Ship]
        - "\${Kind}&{Stage}":
            Type: AWS::StepFunctions::StateMachine
            Properties:
              StateMachineName: !Sub "\${Kind}-\${Stage}"
              Tags: [{ Key: stage, Value: !Ref Stage }]
              Definition:
                StartAt: A
                States:
                  A: { Type: Pass, End: true }
                  Fn::ForEach::More: [N, ["1"], { "B\${N}": { Type: Pass, End: true } }]
`;
  const { machines, problems } = read({ "t.yaml": template });
  expect(problems).toEqual([]);
  expect(machines.map(({ name, origin, tags }) => [name, origin, tags[0]?.value])).toEqual([
    ["Order-dev", "Orderdev of t.yaml", "dev"],
    ["Ship-dev", "Shipdev of t.yaml", "dev"],
    ["Order-prod-eu", "Orderprodeu of t.yaml", "prod-eu"],
    ["Ship-prod-eu", "Shipprodeu of t.yaml", "prod-eu"],
  ]);
  expect(JSON.parse(machines[0]?.definition ?? "")).toMatchObject({ States: { A: {}, B1: { Type: "Pass" } } });
  expect(read({ "t.yaml": "Resources: { Fn::ForEach::A: [N, [x]] }" }).problems).toEqual([
    't.yaml: Resources["Fn::ForEach::A"]: a loop is a list of its variable\'s name, its values and an object for each of them',
  ]);
});

test("a parameter's value is one of those that the template allows", () => {
  const more = "Parameters: { Stage: { Type: String, AllowedValues: [dev, prod] } }";
  expect(resultOf("!Ref Stage", more, { Stage: "prod" })).toBe("prod");
  expect(resultOf("!Ref Stage", more, { Stage: "pord" })).toEqual([
    "template.yaml: --parameter Stage=pord: the template allows dev, prod",
  ]);
});

test("one state machine of a template is refused, and the others stand", () => {
  const template = `
Resources:
  Good: { Type: AWS::StepFunctions::StateMachine, Properties: { DefinitionString: '${PASS}' } }
  Bare: { Type: AWS::StepFunctions::StateMachine, Properties: { RoleArn: x } }
  Far: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: s3://bucket/key } }
  Lost: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: none.asl.json } }
  Odd: { Type: AWS::Serverless::StateMachine, Properties: { Definition: {}, Type: QUICK } }
`;
  const { machines, problems } = read({ "t.yml": template });
  expect(machines.map(({ name }) => name)).toEqual(["Good"]);
  expect(problems).toEqual([
    "t.yml: Resources.Bare.Properties: it has no definition: write Definition, DefinitionString or DefinitionS3Location",
    "t.yml: Resources.Far.Properties.DefinitionUri: s3://bucket/key is in S3: name a file on this machine, by its path from the template's directory",
    expect.stringMatching(/^t\.yml: .*none\.asl\.json cannot be read: ENOENT/),
    "t.yml: Resources.Odd.Properties.Type: QUICK is neither STANDARD nor EXPRESS",
  ]);
});

test("a serverless.yml: the plugin's state machines, those of resources, functions by their keys, and variables", () => {
  const service = `
service: shop
provider: { name: aws, stage: "\${opt:stage, 'dev'}", environment: { A: b } }
custom:
  table: orders-\${self:provider.stage}
functions:
  my-check: { handler: src/check.handler }
  named: { handler: src/x.handler, name: "\${self:service}-x" }
stepFunctions:
  stateMachines:
    order:
      name: \${self:service}-order-\${sls:stage}
      type: EXPRESS
      tags: { team: shop }
      loggingConfig: { level: ALL, includeExecutionData: true }
      definition:
        StartAt: A
        States:
          A: { Type: Task, Resource: !GetAtt my-check.Arn, Next: B }
          B: { Type: Task, Resource: { Fn::GetAtt: [MyDashcheckLambdaFunction, Arn] }, Next: C }
          C: { Type: Task, Resource: "arn:aws:lambda:#{AWS::Region}:#{AWS::AccountId}:function:shop-x", Next: D }
          D: { Type: Pass, Result: "\${self:custom.table} \${env:NOTHING_OF_THE_KIND, 'none'} {{x}}", End: true }
    second:
      definition: \${file(machines.yml):second}
  activities: [wait]
resources:
  - Resources:
      Third: { Type: AWS::StepFunctions::StateMachine, Properties: { DefinitionString: '${PASS}' } }
  - Outputs: { X: { Value: 1 } }
`;
  const files = { "serverless.yml": service, "machines.yml": `second: ${PASS}` };
  const { machines, activities, problems, files: all } = read(files, { stage: "test" });
  expect(problems).toEqual([]);
  expect(activities).toEqual(["wait"]);
  expect(all[1]).toMatch(/machines\.yml$/);
  expect(machines.map(({ name, type }) => `${name} ${type}`)).toEqual([
    "Third STANDARD",
    "shop-order-test EXPRESS",
    "shop-test-second STANDARD",
  ]);
  expect(machines[1]).toMatchObject({
    tags: [{ key: "team", value: "shop" }],
    loggingConfiguration: { level: "ALL", includeExecutionData: true },
  });
  const lambda = "arn:aws:lambda:eu-west-1:000000000000:function:";
  expect(JSON.parse(machines[1]?.definition ?? "").States).toMatchObject({
    A: { Resource: `${lambda}shop-test-my-check` },
    B: { Resource: `${lambda}shop-test-my-check` },
    C: { Resource: `${lambda}shop-x` },
    D: { Result: "orders-test none {{x}}" },
  });
});

test("a variable of serverless.yml that only AWS knows is refused with its place, unless it has a fallback", () => {
  function service(value: string): string {
    return `
service: shop
provider: { name: aws }
stepFunctions: { stateMachines: { one: { definition: { StartAt: A, States: { A: { Type: Pass, Result: "${value}", End: true } } } } } }`;
  }
  expect(read({ "serverless.yml": service("${ssm:/key}") }).problems).toEqual([
    "serverless.yml: stepFunctions.stateMachines.one.definition.States.A.Result: ${ssm:/key} has no value here: write a fallback, as ${…, 'value'}, or the value itself",
  ]);
  expect(definitionOf(read({ "serverless.yml": service("${ssm:/key, 'x'}") }))).toMatchObject({
    States: { A: { Result: "x" } },
  });
  const circle = service("${self:custom.a}") + "\ncustom: { a: '${self:custom.a}' }";
  expect(read({ "serverless.yml": circle }).problems).toEqual([
    expect.stringContaining("its variables refer to each other"),
  ]);
});
