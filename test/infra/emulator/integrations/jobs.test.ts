import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Json, JsonObject } from "../../../../sdk/base/json.ts";
import { SYNCHRONOUS } from "../../../../sdk/base/integrations.ts";
import { StateError, StepFunctions } from "../../../../infra/emulator/index.ts";
import { Cancelled } from "../../../../infra/language/cancelled.ts";
import { skippingClock } from "../../../../infra/emulator/kernel/clock.ts";
import { Cancellation } from "../../../../infra/emulator/kernel/cancellation.ts";
import { jobEnd } from "../../../../infra/emulator/integrations/job-run.ts";
import { at, type Job } from "../../../../infra/emulator/integrations/job.ts";
import { JOBS } from "../../../../infra/emulator/integrations/jobs.ts";
import { jsonpath, localFunctions, type Outcome, run } from "../../../support/emulator.ts";
import { type JsonApi, jsonApi } from "../../../support/json-api.ts";

async function served(answers: Parameters<typeof jsonApi>[0]): Promise<JsonApi> {
  const api = await jsonApi(answers);
  onTestFinished(() => api.close());
  return api;
}

function task(resource: string, parameters: JsonObject, { url }: JsonApi, more: JsonObject = {}): Promise<Outcome> {
  const state = { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters: parameters, End: true };
  return run(jsonpath({ T: { ...state, ...more } }), {}, {}, { endpointUrl: url });
}

/** One answer after the other; the last one again and again. */
function inTurn(...answers: (Json | Error)[]): () => Json | Error {
  return () => (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
}

const GLUE = { JobName: "etl" };

describe("a Task that waits for a job", () => {
  it("asks after it until it has ended, and has the job's document as its result, with times in milliseconds", async () => {
    const api = await served({
      StartJobRun: () => ({ JobRunId: "jr_1" }),
      GetJobRun: inTurn(
        { JobRun: { Id: "jr_1", JobRunState: "RUNNING" } },
        { JobRun: { Id: "jr_1", JobRunState: "RUNNING" } },
        { JobRun: { Id: "jr_1", JobRunState: "SUCCEEDED", StartedOn: 1700000000.5 } },
      ),
    });
    const outcome = await task("glue:startJobRun.sync", GLUE, api);
    expect(outcome.output).toEqual({ Id: "jr_1", JobRunState: "SUCCEEDED", StartedOn: 1700000000500 });
    expect(outcome.events.slice(2, 6)).toEqual(["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]);
    expect(api.requests.map(({ action }) => action)).toEqual(["StartJobRun", "GetJobRun", "GetJobRun", "GetJobRun"]);
    expect(api.requests[1]?.input).toEqual({ JobName: "etl", RunId: "jr_1" });
  });

  it("fails with the job's document as its cause, which Catch sees", async () => {
    const failed = { Id: "jr_1", JobRunState: "FAILED", ErrorMessage: "no such bucket" };
    const api = await served({ StartJobRun: () => ({ JobRunId: "jr_1" }), GetJobRun: () => ({ JobRun: failed }) });
    const outcome = await task("glue:startJobRun.sync", GLUE, api);
    expect(outcome).toMatchObject({ status: "FAILED", error: "States.TaskFailed" });
    expect(JSON.parse(outcome.cause ?? "")).toEqual(failed);
    const caught = { Catch: [{ ErrorEquals: ["States.TaskFailed"], Next: "Caught" }] };
    const state = { Type: "Task", Resource: "arn:aws:states:::glue:startJobRun.sync", Parameters: GLUE, End: true };
    const machine = jsonpath({ T: { ...state, ...caught }, Caught: { Type: "Succeed" } });
    expect(await run(machine, {}, {}, { endpointUrl: api.url })).toMatchObject({
      status: "SUCCEEDED",
      output: { Error: "States.TaskFailed", Cause: outcome.cause },
    });
  });

  it("fails as the API does when that does not take the job on", async () => {
    const api = await served({ StartJobRun: () => new Error("EntityNotFoundException") });
    expect(await task("glue:startJobRun.sync", GLUE, api)).toMatchObject({ error: "Glue.EntityNotFoundException" });
  });

  it("bears some failures to look at it, and gives up after five in a row", async () => {
    const failure = new Error("ThrottlingException");
    const done = { JobRun: { JobRunState: "SUCCEEDED" } };
    function StartJobRun(): Json {
      return { JobRunId: "jr_1" };
    }
    const some = await served({ StartJobRun, GetJobRun: inTurn(failure, failure, failure, failure, done) });
    expect(await task("glue:startJobRun.sync", GLUE, some)).toMatchObject({ status: "SUCCEEDED" });
    const all = await served({ StartJobRun, GetJobRun: () => failure });
    expect(await task("glue:startJobRun.sync", GLUE, all)).toMatchObject({ error: "Glue.ThrottlingException" });
    expect(all.requests).toHaveLength(6);
  });

  it("stops it when its time is over", async () => {
    const api = await served({
      StartJobRun: () => ({ JobRunId: "jr_1" }),
      GetJobRun: () => ({ JobRun: { JobRunState: "RUNNING" } }),
      BatchStopJobRun: () => ({}),
    });
    const outcome = await task("glue:startJobRun.sync", GLUE, api, { TimeoutSeconds: 1 });
    expect(outcome).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    const { input } = await api.asked("BatchStopJobRun");
    expect(input).toEqual({ JobName: "etl", JobRunIds: ["jr_1"] });
  });

  it("stops it when the execution is stopped, also while the job is being taken on", async () => {
    let started: () => void = () => {};
    const api = await served({
      StartJobRun: () => {
        started();
        return { JobRunId: "jr_1" };
      },
      GetJobRun: () => ({ JobRun: { JobRunState: "RUNNING" } }),
      BatchStopJobRun: () => ({}),
    });
    const states = new StepFunctions({ functions: localFunctions(), endpointUrl: api.url });
    const state = { Type: "Task", Resource: "arn:aws:states:::glue:startJobRun.sync", Parameters: GLUE, End: true };
    const { stateMachineArn } = states.createStateMachine({
      name: "machine",
      definition: JSON.stringify(jsonpath({ T: state })),
      roleArn: "arn:aws:iam::000000000000:role/test",
    });
    const { executionArn } = states.startExecution({ stateMachineArn });
    started = () => states.stopExecution({ executionArn });
    expect((await states.executionEnd(executionArn)).status).toBe("ABORTED");
    await api.asked("BatchStopJobRun");
    expect(states.getExecutionHistory({ executionArn }).events.at(-1)?.type).toBe("ExecutionAborted");
  });
});

it("a job that was waited for when the emulator was closed is waited for by the next process, and not begun again", async () => {
  const data = mkdtempSync(join(tmpdir(), "lambent-jobs-"));
  onTestFinished(() => rmSync(data, { recursive: true }));
  let state = "RUNNING";
  const api = await served({
    StartJobRun: () => ({ JobRunId: "jr_1" }),
    GetJobRun: () => ({ JobRun: { Id: "jr_1", JobRunState: state } }),
    BatchStopJobRun: () => ({}),
  });
  function open(): StepFunctions {
    const states = new StepFunctions({ functions: localFunctions(), endpointUrl: api.url, data });
    onTestFinished(() => states.close());
    return states;
  }
  const first = open();
  const glue = { Type: "Task", Resource: "arn:aws:states:::glue:startJobRun.sync", Parameters: GLUE, End: true };
  const { stateMachineArn } = first.createStateMachine({
    name: "machine",
    definition: JSON.stringify(jsonpath({ T: glue })),
    roleArn: "arn:aws:iam::000000000000:role/test",
  });
  const { executionArn } = first.startExecution({ stateMachineArn });
  await api.asked("GetJobRun");
  first.close();
  state = "SUCCEEDED";
  const second = open();
  expect(await second.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED" });
  const actions = api.requests.map(({ action }) => action);
  expect(actions.filter((action) => action !== "GetJobRun")).toEqual(["StartJobRun"]);
  const events = second.getExecutionHistory({ executionArn }).events.map(({ type }) => type);
  expect(events.filter((type) => type === "TaskSubmitted")).toHaveLength(1);
});

describe("ecs:runTask", () => {
  const PARAMETERS = { Cluster: "c", TaskDefinition: "f" };
  const STARTED = { tasks: [{ clusterArn: "arn:c", taskArn: "arn:t", lastStatus: "PROVISIONING" }], failures: [] };
  const DEFINED = {
    taskDefinition: {
      containerDefinitions: [{ name: "main" }, { name: "log", essential: false }],
    },
  };
  function ended(more: JsonObject): Json {
    return { tasks: [{ taskArn: "arn:t", taskDefinitionArn: "f:1", lastStatus: "STOPPED", ...more }], failures: [] };
  }
  async function sync(more: JsonObject): Promise<Outcome> {
    const api = await served({
      RunTask: () => STARTED,
      DescribeTasks: inTurn({ tasks: [{ lastStatus: "RUNNING" }], failures: [] }, ended(more)),
      DescribeTaskDefinition: () => DEFINED,
    });
    const outcome = await task("ecs:runTask.sync", PARAMETERS, api);
    expect(api.requests[0]?.input).toEqual({
      cluster: "c",
      taskDefinition: "f",
      startedBy: "AWS Step Functions",
    });
    expect(api.requests[1]?.input).toEqual({ cluster: "arn:c", tasks: ["arn:t"] });
    return outcome;
  }

  it("has the task as its result when its containers have ended well", async () => {
    const containers = [{ name: "main", exitCode: 0 }];
    expect(await sync({ stopCode: "EssentialContainerExited", containers })).toMatchObject({
      output: { TaskArn: "arn:t", LastStatus: "STOPPED", Containers: [{ Name: "main", ExitCode: 0 }] },
    });
  });

  it.each<[string, JsonObject]>([
    [
      "an essential container has ended badly",
      { stopCode: "EssentialContainerExited", containers: [{ name: "main", exitCode: 7 }] },
    ],
    ["it could not start", { stopCode: "TaskFailedToStart", containers: [{ name: "main" }] }],
    ["somebody has stopped it", { stopCode: "UserInitiated", containers: [{ name: "main", exitCode: 0 }] }],
  ])("fails with the task as its cause when %s", async (_, more) => {
    const outcome = await sync(more);
    expect(outcome.error).toBe("States.TaskFailed");
    expect(JSON.parse(outcome.cause ?? "")).toMatchObject({ TaskArn: "arn:t", StopCode: more["stopCode"] });
  });

  it("succeeds when a container has ended badly that is not essential", async () => {
    const containers = [
      { name: "main", exitCode: 0 },
      { name: "log", exitCode: 137 },
    ];
    expect(await sync({ stopCode: "EssentialContainerExited", containers })).toMatchObject({ status: "SUCCEEDED" });
  });

  const REFUSED = { tasks: [], failures: [{ arn: "arn:i", reason: "RESOURCE:MEMORY" }] };
  it.each([".sync", ".waitForTaskToken"])(
    "fails when %s waits for a task that could not be placed",
    async (pattern) => {
      const outcome = await task(`ecs:runTask${pattern}`, PARAMETERS, await served({ RunTask: () => REFUSED }));
      expect(outcome.error).toBe("AmazonECS.Unknown");
      expect(JSON.parse(outcome.cause ?? "")).toMatchObject({ Failures: [{ Reason: "RESOURCE:MEMORY" }] });
    },
  );

  it("gives the answer as it is where nothing is waited for", async () => {
    const outcome = await task("ecs:runTask", PARAMETERS, await served({ RunTask: () => REFUSED }));
    expect(outcome.output).toMatchObject({ Failures: [{ Reason: "RESOURCE:MEMORY" }], Tasks: [] });
  });
});

/** What every job may be known by. */
const ASKED: JsonObject = named(
  "Name Id JobName ClusterName ClusterId FargateProfileName NodegroupName VirtualClusterId ApplicationId TrainingJobName TransformJobName LabelingJobName ProcessingJobName HyperParameterTuningJobName",
);
const STARTED: JsonObject = {
  ...named("QueryExecutionId JobId JobArn RunId ClusterId StepId Id ApplicationId JobRunId"),
  Build: { Id: "b" },
  BuildBatch: { Id: "b" },
  Job: { Id: "i" },
  Tasks: [{ ClusterArn: "c", TaskArn: "t" }],
};

function named(members: string): JsonObject {
  return Object.fromEntries(members.split(" ").map((member) => [member, `the ${member}`]));
}

/** A document that has this value at the end of a path; lists where the path has an index. */
function nested(path: readonly string[], value: Json): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  return step === "0" ? [nested(rest, value)] : { [step]: nested(rest, value) };
}

function answerOf({ document, status }: Job, state: string): JsonObject {
  // Each path begins with a member.
  return nested([...(document?.split(".") ?? []), ...status.split(".")], state) as JsonObject;
}

describe("every job", () => {
  it("of AWS's list that has an API of AWS's behind it has its row", () => {
    const listed = Object.entries(SYNCHRONOUS).flatMap(([service, actions]) =>
      actions.map((action) => `${service}:${action}`),
    );
    const others = new Set(["states:startExecution", "eks:runJob"]);
    expect(Object.keys(JOBS).toSorted()).toEqual(listed.filter((one) => !others.has(one)).toSorted());
  });

  const rows = Object.entries(JOBS);

  /** Waits for a job that is first in the one and then in the other state; what is asked for goes to `asked`. */
  function wait(job: Job, states: string[], asked: string[] = [], cancellation = new Cancellation()): Promise<Json> {
    return jobEnd({
      job,
      facts: { asked: ASKED, started: STARTED },
      api: () => async (action) => {
        asked.push(action);
        const state = states.shift();
        if (state === undefined) cancellation.cancel();
        return { output: answerOf(job, state ?? "AT_WORK"), status: 200, headers: new Headers() };
      },
      cancellation,
      clock: skippingClock(0),
      pace: { first: 1, longest: 1 },
    });
  }

  it.each(rows.flatMap(([name, job]) => job.succeeded.map((state) => [name, state, job] as const)))(
    "%s has succeeded with %s",
    async (_, state, job) => {
      const asked: string[] = [];
      const document = job.document === undefined ? answerOf(job, state) : at(answerOf(job, state), job.document);
      const found = await wait(job, ["AT_WORK", state], asked);
      expect(job.as === undefined ? found : at(found, job.as)).toEqual(document);
      for (const member of job.beside ?? []) expect(at(found, member)).toBeTypeOf("string");
      expect(asked).toHaveLength(2);
    },
  );

  it.each(rows.flatMap(([name, job]) => job.failed.map((state) => [name, state, job] as const)))(
    "%s has failed with %s",
    async (_, state, job) => {
      await expect(wait(job, ["AT_WORK", state])).rejects.toMatchObject({
        error: "States.TaskFailed",
        cause: expect.stringContaining(`"${state}"`),
      });
    },
  );

  it.each(rows.filter(([, job]) => job.stop !== undefined))(
    "%s is stopped when nobody waits for it",
    async (_, job) => {
      const asked: string[] = [];
      await expect(wait(job, ["AT_WORK"], asked)).rejects.toBeInstanceOf(Cancelled);
      expect(asked).toEqual([asked[0], asked[0], expect.stringMatching(/^(?:stop|cancel|terminate|batchStop)/)]);
    },
  );

  it.each(rows.filter(([, job]) => job.endsUnknown))("%s has ended when nothing knows it any more", async (_, job) => {
    expect(
      await jobEnd({
        job,
        facts: { asked: ASKED, started: STARTED },
        api: () => async () => {
          throw new StateError("EKS.ResourceNotFoundException", "No cluster found for name: c.");
        },
        cancellation: new Cancellation(),
        clock: skippingClock(0),
        pace: { first: 1, longest: 1 },
      }),
    ).toEqual(STARTED);
  });
});
