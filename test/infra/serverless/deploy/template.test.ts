import asl from "asl-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Statement, Template } from "../../../../infra/serverless/deploy/framework.ts";
import { examplesProject, largeProject } from "../../../support/projects.ts";
import { comparePermissions } from "../../../support/documented-permissions.ts";
import { definitionOf, packagedTemplate, resourcesOf } from "../../../support/serverless.ts";
import { findTool, runTool, unlessInstalled } from "../../../support/tools.ts";

const lint = findTool("cfn-lint");

const FLOW1 = {
  "Fn::Sub": "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:large-prod-flow1",
};

const projects = {
  "the examples": {
    make: examplesProject,
    functions: 6,
    workflows: 5,
    logging: { Level: "ERROR", IncludeExecutionData: false },
    plans: [],
  },
  "20 actors, one with affinity and 30 workflows": {
    make: largeProject,
    functions: 24,
    workflows: 33, // one of them launches, one is two
    logging: { Level: "ALL", IncludeExecutionData: true },
    plans: [
      {
        Description: "Starts workflow flow1, by launch plan byHour",
        ScheduleExpression: "rate(1 hour)",
        ScheduleExpressionTimezone: "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
        State: "DISABLED",
        starts: "Flow1StateMachine",
        Input: { n: 2 },
      },
      {
        Description: "Starts workflow flow1, by launch plan byNight",
        ScheduleExpression: "cron(0 3 * * ? *)",
        ScheduleExpressionTimezone: "Europe/Berlin",
        FlexibleTimeWindow: { Mode: "OFF" },
        State: "ENABLED",
        starts: "ByNightLaunchPlanStateMachine",
        Input: { scheduled: "<aws.scheduler.scheduled-time>", input: { n: 3 } },
        by: [
          [["states:ListExecutions"], [FLOW1]],
          [["states:StartExecution"], [FLOW1]],
        ],
      },
    ],
  },
};

describe.each(Object.entries(projects))(
  "the packaged template of %s",
  (_, { make, functions, workflows, logging, plans }) => {
    const project = make();
    let template: Template;
    beforeAll(async () => {
      template = await packagedTemplate(project.root);
    }, 120_000);
    afterAll(() => project.remove());

    test.skipIf(lint === undefined)(
      `cfn-lint finds no error and no warning${unlessInstalled("cfn-lint", lint)}`,
      () => {
        expect(
          runTool(
            lint ?? "",
            ["--regions", "eu-west-1", "--", ".serverless/cloudformation-template-update-stack.json"],
            project.root,
          ),
        ).toEqual({ code: 0, output: "" });
      },
      120_000,
    );

    test("asl-validator accepts every definition", () => {
      const machines = Object.values(resourcesOf(template, "AWS::StepFunctions::StateMachine"));
      expect(machines).toHaveLength(workflows);
      for (const { DefinitionSubstitutions, ...properties } of machines) {
        let text = definitionOf(project.root, properties);
        for (const key of Object.keys((DefinitionSubstitutions ?? {}) as object))
          text = text.replaceAll(`\${${key}}`, `arn:aws:lambda:eu-west-1:123456789012:function:${key}:live`);
        expect(text).not.toContain("${");
        expect(asl(JSON.parse(text) as object).errorsText("\n")).toBe("");
      }
    });

    test.runIf(workflows > 30)("a divided workflow may start its parts, and nothing else, and they nothing", () => {
      expect(startable(template, "WideStateMachineRole")).toEqual([
        [["states:StartExecution"], [{ Ref: "WideStateMachinePart1" }]],
      ]);
      expect(startable(template, "WideStateMachinePart1Role")).toEqual([]);
      expect(Object.keys(template.Resources).filter((id) => id.startsWith("WideStateMachine"))).toEqual([
        "WideStateMachine",
        "WideStateMachineRole",
        "WideStateMachineLogGroup",
        "WideStateMachinePart1",
        "WideStateMachinePart1Role",
      ]);
    });

    test("launch plans have schedules, each with a role that may start the one state machine that it is for", () => {
      const schedules = Object.entries(resourcesOf(template, "AWS::Scheduler::Schedule"));
      const found = schedules.flatMap(([id, { Target, ...properties }]) => {
        const { Arn, RoleArn, Input } = Target as { Arn: { Ref: string }; RoleArn: unknown; Input: string };
        expect(RoleArn).toEqual({ "Fn::GetAtt": [`${id}Role`, "Arn"] });
        expect(startable(template, `${id}Role`)).toEqual([[["states:StartExecution"], [Arn]]]);
        const launches =
          startable(template, `${Arn.Ref}Role`).length > 0 ? { by: startable(template, `${Arn.Ref}Role`) } : {};
        return id.includes("LaunchPlan")
          ? [{ ...properties, starts: Arn.Ref, Input: JSON.parse(Input) as unknown, ...launches }]
          : [];
      });
      expect(found).toEqual(plans);
    });

    test("every function has a version, an alias, a log group that forgets, a role of its own, and traces", () => {
      const found = resourcesOf(template, "AWS::Lambda::Function");
      expect(Object.keys(found)).toHaveLength(functions);
      expect(Object.keys(resourcesOf(template, "AWS::Lambda::Version"))).toHaveLength(functions);
      const aliases = Object.values(resourcesOf(template, "AWS::Lambda::Alias"));
      expect(aliases.map(({ FunctionName }) => FunctionName).toSorted(byText)).toEqual(
        Object.keys(found)
          .map((Ref) => ({ Ref }))
          .toSorted(byText),
      );
      for (const { RetentionInDays } of Object.values(resourcesOf(template, "AWS::Logs::LogGroup")))
        expect(RetentionInDays).toBeGreaterThan(0);
      expect(new Set(Object.values(found).map(({ Role }) => JSON.stringify(Role))).size).toBe(functions);
      for (const { TracingConfig } of Object.values(found)) expect(TracingConfig).toEqual({ Mode: "Active" });
    });

    test("roles may do what docs/security.md says, and nothing else", () => {
      expect(comparePermissions(template).undocumented).toEqual([]);
    });

    test("each role is assumed for what it was made for alone", () => {
      for (const [id, { AssumeRolePolicyDocument }] of Object.entries(resourcesOf(template, "AWS::IAM::Role"))) {
        const { Statement } = AssumeRolePolicyDocument as { Statement: Record<string, unknown>[] };
        const [{ Principal, Condition } = {}] = Statement;
        expect(Statement).toHaveLength(1);
        const { Service } = Principal as { Service: string };
        const name = template.Resources[id.replace(/Role$/, "")]?.Properties["StateMachineName"] as string;
        expect({ id, Condition }).toEqual({ id, Condition: trustConditions(name)[Service] });
      }
    });

    test("state machines log errors without inputs and outputs, EXPRESS ones too, unless they are told otherwise", () => {
      for (const { LoggingConfiguration } of Object.values(resourcesOf(template, "AWS::StepFunctions::StateMachine")))
        expect(LoggingConfiguration).toMatchObject(logging);
    });

    test("no policy has a star but where AWS knows no resource level", () => {
      const starred = Object.values(resourcesOf(template, "AWS::IAM::Role"))
        .flatMap(
          ({ Policies }) =>
            Policies as { PolicyDocument: { Statement: { Action: string[]; Resource: unknown[] }[] } }[],
        )
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Resource }) => Resource.includes("*"));
      const services = new Set(starred.flatMap(({ Action }) => Action.map((action) => action.split(":")[0])));
      expect([...services].toSorted()).toEqual(["logs", "xray"]);
    });
  },
);

/** What a role may do with executions of other state machines: each action, and of which. */
function startable(template: Template, role: string): unknown[] {
  const policies: unknown = template.Resources[role]?.Properties["Policies"];
  const [policy] = policies as { PolicyDocument: { Statement: Statement[] } }[];
  const statements = policy?.PolicyDocument.Statement ?? [];
  return statements.flatMap(({ Action, Resource }) =>
    /^states:(Start|List)Execution/.test(String(Action)) ? [[Action, Resource]] : [],
  );
}

/** By service: for what it may assume a role. Lambda says nothing of that when it assumes one. */
function trustConditions(stateMachine: string): Record<string, unknown> {
  function condition(...sources: string[]): unknown {
    const arns = sources.map((source) => source.replace(":", ":${AWS::Region}:${AWS::AccountId}:"));
    return {
      StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
      ArnLike: { "aws:SourceArn": arns.map((arn) => ({ "Fn::Sub": `arn:\${AWS::Partition}:${arn}` })) },
    };
  }
  return {
    "states.amazonaws.com": condition(`states:stateMachine:${stateMachine}`, `states:stateMachine:${stateMachine}:*`),
    "scheduler.amazonaws.com": condition("scheduler:schedule-group/default"),
  };
}

function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
