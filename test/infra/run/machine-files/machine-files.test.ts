import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { MachineFiles } from "../../../../infra/run/machine-files/machine-files.ts";
import { localFunctions } from "../../../support/emulator.ts";

const ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:";

function passing(result: unknown): string {
  return JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Result: result, End: true } } });
}

function waiting(result: unknown): string {
  const States = { W: { Type: "Wait", Seconds: 3600, Next: "A" }, A: { Type: "Pass", Result: result, End: true } };
  return JSON.stringify({ StartAt: "W", States });
}

function template(...machines: readonly (readonly [id: string, properties: object])[]): string {
  const resources = machines.map(([id, Properties]) => [id, { Type: "AWS::StepFunctions::StateMachine", Properties }]);
  return JSON.stringify({ Resources: Object.fromEntries(resources) });
}

interface Served {
  readonly states: StepFunctions;
  readonly files: MachineFiles;
  readonly said: string[];
  readonly write: (name: string, text: string) => void;
  readonly path: (name: string) => string;
}

/** Files in a directory of their own, and what is to be served of them. */
function served(
  written: Readonly<Record<string, string>>,
  patterns: readonly string[],
  { data }: { readonly data?: string } = {},
): Served {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "lambent-")));
  function path(name: string): string {
    return join(directory, name);
  }
  function write(name: string, text: string): void {
    mkdirSync(join(path(name), ".."), { recursive: true });
    writeFileSync(path(name), text);
  }
  for (const [name, text] of Object.entries(written)) write(name, text);
  const states = new StepFunctions({ functions: localFunctions(), ...(data === undefined ? {} : { data }) });
  const said: string[] = [];
  const files = new MachineFiles(states, {
    patterns,
    parameters: new Map(),
    directory,
    say: (line) => said.push(line),
  });
  onTestFinished(async () => {
    await files.close();
    states.close();
    rmSync(directory, { recursive: true });
  });
  return { states, files, said, write, path };
}

function namesIn(states: StepFunctions): string[] {
  return states.listStateMachines().stateMachines.map(({ name }) => name);
}

test("files, globs and a folder are served, each file once", () => {
  const written = {
    "a.asl.json": passing(1),
    "in/b.asl.yaml": "StartAt: A\nStates: { A: { Type: Pass, End: true } }",
    "in/deep/c.asl.json": passing(3),
    "in/node_modules/d.asl.json": passing(4),
    "in/package.json": "{}",
  };
  const { files } = served(written, ["a.asl.json", "*.asl.json", "in", "in/**/*.asl.{json,yaml}"]);
  expect(files.start().map(({ arn, origin }) => [arn, origin])).toEqual([
    [`${ARN}a`, "a.asl.json"],
    [`${ARN}b`, "in/b.asl.yaml"],
    [`${ARN}c`, "in/deep/c.asl.json"],
  ]);
});

test("all that is refused is told with its file, AWS's words and the place", () => {
  const written = {
    "good.asl.json": passing(1),
    "bad.asl.json": passing(1).replace("Pass", "Pas"),
    "broken.asl.json": "[]",
    "left.asl.json": passing(1).replace('"Pass"', '"Task","Resource":"${Fn}"'),
    "t.json": template(["x", { StateMachineName: "good", DefinitionString: passing(2) }], ["y", {}]),
    "my machine.asl.json": passing(1),
  };
  const { files, states } = served(written, ["*.json"]);
  const problems = problemsOf(files);
  expect(problems).toEqual([
    "t.json: Resources.y.Properties: it has no definition: write Definition, DefinitionString or DefinitionS3Location",
    expect.stringMatching(/^bad\.asl\.json: InvalidDefinition: .*SCHEMA_VALIDATION_FAILED: .* at \/States\/A/),
    expect.stringMatching(/^broken\.asl\.json: InvalidDefinition: /),
    expect.stringMatching(
      /^left\.asl\.json: .*\(\$\{Fn\} stands for nothing: give it a value with --parameter Fn=VALUE/,
    ),
    "my machine.asl.json: InvalidName: Invalid Name: 'my machine'",
    "x of t.json: good.asl.json is called good too: give each a name of its own",
  ]);
  expect(namesIn(states)).toEqual(["good"]);
});

function problemsOf(files: MachineFiles): string[] {
  try {
    files.start();
  } catch (error) {
    return (error as Error).message.split("\n"); // a LambentError
  }
  return [];
}

test.each([
  [["none.asl.json"], "none.asl.json: there is no such file"],
  [["*.none"], "*.none: no file matches: name definitions (*.asl.json, *.asl.yaml) or templates"],
])("%j names nothing, and is refused", (patterns, message) => {
  expect(() => served({}, patterns).files.start()).toThrow(message);
});

test("what is there of an earlier run is updated, with its tags, and what has not changed stays as it was", () => {
  const data = mkdtempSync(join(tmpdir(), "lambent-"));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  function tagged(value: string, definition: string, name: string): readonly [string, object] {
    return [name, { DefinitionString: definition, Tags: [{ Key: "k", Value: value }] }];
  }
  const first = served({ "t.json": template(tagged("a", passing(1), "x"), tagged("a", passing(1), "y")) }, ["t.json"], {
    data,
  });
  first.files.start();
  first.states.close();
  const second = served(
    { "t.json": template(tagged("b", passing(2), "x"), tagged("a", passing(1), "y")) },
    ["t.json"],
    {
      data,
    },
  );
  second.files.start();
  const { states } = second;
  expect(states.describeStateMachine({ stateMachineArn: `${ARN}x` })).toMatchObject({
    definition: passing(2),
    revisionId: expect.any(String),
  });
  expect(states.tags.list({ resourceArn: `${ARN}x` })).toEqual({ tags: [{ key: "k", value: "b" }] });
  expect(states.describeStateMachine({ stateMachineArn: `${ARN}y` })).not.toHaveProperty("revisionId");
});

test("a file that changes updates its state machine, and what runs keeps its version", async () => {
  const { states, files, said, write, path } = served({ "a.asl.json": waiting(1) }, ["a.asl.json"]);
  files.start();
  await files.watch();
  const stateMachineArn = `${ARN}a`;
  const { executionArn } = states.startExecution({ stateMachineArn });
  // As editors do it: another file takes the name.
  write("a.asl.json.new", passing(2));
  renameSync(path("a.asl.json.new"), path("a.asl.json"));
  await expect.poll(() => said, { timeout: 20_000 }).toEqual([`updated ${stateMachineArn} (a.asl.json)`]);
  expect(states.describeStateMachine({ stateMachineArn }).definition).toBe(passing(2));
  expect(states.describeStateMachineForExecution({ executionArn }).definition).toBe(waiting(1));

  write("a.asl.json", "{ broken");
  await expect.poll(() => said.length, { timeout: 20_000 }).toBe(2);
  expect(said[1]).toMatch(/^not updated, the last good version stays: a\.asl\.json: InvalidDefinition: /);
  expect(states.describeStateMachine({ stateMachineArn }).definition).toBe(passing(2));

  rmSync(path("a.asl.json"));
  await expect
    .poll(() => said[2], { timeout: 20_000 })
    .toBe("a.asl.json is gone: its state machines stay as they were");
  write("a.asl.json", passing(3));
  await expect.poll(() => said[3], { timeout: 20_000 }).toBe(`updated ${stateMachineArn} (a.asl.json)`);
});

test("a file that comes to match is served, and so are a template's new state machines and files", async () => {
  const one = ["One", { DefinitionS3Location: "one.json" }] as const;
  const written = { "t.json": template(one), "one.json": passing(1), "in/a.asl.json": passing(1) };
  const { states, files, said, write } = served(written, ["t.json", "in/**/*.asl.json"]);
  files.start();
  await files.watch();
  write("in/deep/b.asl.json", passing(2));
  await expect.poll(() => said, { timeout: 20_000 }).toEqual([`created ${ARN}b (in/deep/b.asl.json)`]);
  write("one.json", passing(2));
  await expect.poll(() => said[1], { timeout: 20_000 }).toBe(`updated ${ARN}One (One of t.json)`);
  write("two/two.json", passing(2));
  write("t.json", template(["Two", { DefinitionS3Location: "two/two.json", StateMachineType: "EXPRESS" }]));
  await expect
    .poll(() => said.slice(2), { timeout: 20_000 })
    .toEqual([`created ${ARN}Two (Two of t.json)`, `One of t.json is gone: ${ARN}One stays as it was`]);
  write("two/two.json", passing(3));
  await expect.poll(() => said[4], { timeout: 20_000 }).toBe(`updated ${ARN}Two (Two of t.json)`);
  expect(namesIn(states).toSorted()).toEqual(["One", "Two", "a", "b"]);
});

test("versions and aliases of a template follow its state machines, and what starts them does", async () => {
  const stateMachineArn = `${ARN}Child`;
  const arn = { "Fn::GetAtt": ["Child", "Arn"] };
  function withAlias(
    result: unknown,
    routes: unknown = [{ StateMachineVersionArn: { Ref: "V" }, Weight: 100 }],
  ): string {
    const start = { Type: "Task", Resource: "arn:aws:states:::states:startExecution", End: true };
    const parent = { ...start, Parameters: { StateMachineArn: "${Version}" } };
    return JSON.stringify({
      Resources: {
        Parent: {
          Type: "AWS::Serverless::StateMachine",
          Properties: {
            Definition: { StartAt: "S", States: { S: parent } },
            DefinitionSubstitutions: { Version: { Ref: "V" } },
            AutoPublishAlias: "live",
          },
        },
        Child: { Type: "AWS::StepFunctions::StateMachine", Properties: { DefinitionString: passing(result) } },
        V: { Type: "AWS::StepFunctions::StateMachineVersion", Properties: { StateMachineArn: arn } },
        A: {
          Type: "AWS::StepFunctions::StateMachineAlias",
          Properties: { Name: "prod", RoutingConfiguration: routes },
        },
      },
    });
  }
  const { states, files, said, write } = served({ "t.json": withAlias(1) }, ["t.json"]);
  expect(files.start()).toEqual([
    { arn: `${ARN}Parent`, origin: "Parent of t.json" },
    { arn: stateMachineArn, origin: "Child of t.json" },
    { arn: `${ARN}Parent:1`, origin: "Parent of t.json" },
    { arn: `${stateMachineArn}:1`, origin: "V of t.json" },
    { arn: `${ARN}Parent:live`, origin: "Parent of t.json" },
    { arn: `${stateMachineArn}:prod`, origin: "A of t.json" },
  ]);
  await files.watch();
  write("t.json", withAlias(2));
  await expect
    .poll(() => said, { timeout: 20_000 })
    .toEqual([
      `updated ${stateMachineArn} (Child of t.json)`,
      `published ${stateMachineArn}:2 (V of t.json)`,
      `updated ${ARN}Parent (Parent of t.json)`,
      `published ${ARN}Parent:2 (Parent of t.json)`,
      `routed ${ARN}Parent:live (Parent of t.json)`,
      `routed ${stateMachineArn}:prod (A of t.json)`,
    ]);
  expect(states.describeStateMachine({ stateMachineArn: `${ARN}Parent` }).definition).toContain("Child:2");
  const { executionArn } = states.startExecution({ stateMachineArn: `${stateMachineArn}:prod` });
  expect((await states.executionEnd(executionArn)).output).toBe("2");
  const first = states.startExecution({ stateMachineArn: `${stateMachineArn}:1` });
  expect((await states.executionEnd(first.executionArn)).output).toBe("1");

  write("t.json", withAlias(2, [{ StateMachineVersionArn: { Ref: "V" }, Weight: 90 }]));
  await expect
    .poll(() => said[6], { timeout: 20_000 })
    .toBe(
      "not updated, the last good version stays: A of t.json: ValidationException: The sum of the weights must be 100",
    );
});

test("a state machine of another type is replaced, once its definition is right", async () => {
  const { states, files, said, write } = served({ "t.json": template(["x", { DefinitionString: passing(1) }]) }, [
    "t.json",
  ]);
  files.start();
  await files.watch();
  const stateMachineArn = `${ARN}x`;
  const { executionArn } = states.startExecution({ stateMachineArn });
  write("t.json", template(["x", { DefinitionString: "{}", StateMachineType: "EXPRESS" }]));
  await expect.poll(() => said.length, { timeout: 20_000 }).toBe(1);
  expect(states.describeExecution({ executionArn }).name).toBeDefined();
  write("t.json", template(["x", { DefinitionString: passing(1), StateMachineType: "EXPRESS" }]));
  await expect.poll(() => said[1], { timeout: 20_000 }).toBe(`replaced ${stateMachineArn} (x of t.json)`);
  expect(states.describeStateMachine({ stateMachineArn }).type).toBe("EXPRESS");
});
