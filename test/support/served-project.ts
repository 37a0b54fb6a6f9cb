import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionOutput,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll } from "vitest";
import { serve } from "../../infra/run/serve.ts";
import type { Served, ServeOptions } from "../../infra/run/serve-options.ts";
import { projectDirectory, type ProjectDirectory } from "./project-directory.ts";

/** A project that is served while a file's tests run, and seen as its users see it: over HTTP, with the AWS SDK. */
export interface ServedProject extends ProjectDirectory {
  readonly served: Served;
  readonly client: SFNClient;
  /** Start an execution and wait for its end. */
  execute(workflow: string, input?: object): Promise<DescribeExecutionOutput>;
  /** Answer tasks that wait for their tokens, by SendTaskSuccess. @returns ends that */
  answering(answers: Readonly<Record<string, unknown>>): () => void;
  /** Wait for an execution's end. */
  ended(executionArn: string | undefined): Promise<DescribeExecutionOutput>;
  events(execution: DescribeExecutionOutput): Promise<HistoryEvent[]>;
}

/**
 * To be called at the top level of a test file, or of a `describe`.
 * @param options what differs from a service `test` in stage `dev` that says nothing
 */
export function servedProject(
  files: Readonly<Record<string, string>>,
  options: Partial<ServeOptions> = {},
): ServedProject {
  const project = projectDirectory(files);
  let running: { readonly served: Served; readonly client: SFNClient } | undefined;
  function current(): { readonly served: Served; readonly client: SFNClient } {
    if (running === undefined) throw new Error("the project is served from the first test on");
    return running;
  }
  async function ended(executionArn: string | undefined): Promise<DescribeExecutionOutput> {
    for (;;) {
      const execution = await current().client.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== "RUNNING") return execution;
      await sleep(20);
    }
  }
  beforeAll(async () => {
    const usual = { workflows: ["*.ts"], service: "test", stage: "dev", port: 0, say: () => undefined };
    const served = await serve({ root: project.root, ...usual, ...options });
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    running = { served, client: new SFNClient({ endpoint: served.url, region: "us-east-1", credentials }) };
  });
  afterAll(async () => {
    running?.client.destroy();
    await running?.served.close();
    project.remove();
  });
  return {
    ...project,
    get served() {
      return current().served;
    },
    get client() {
      return current().client;
    },
    async execute(workflow, input = {}) {
      const { client, served } = current();
      const stateMachineArn = served.stateMachines.get(workflow);
      return ended(
        (await client.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }))).executionArn,
      );
    },
    answering(answers) {
      const { served, client } = current();
      const { taskTokens } = served.emulator.states;
      taskTokens.onOpen = (taskToken, where) => {
        const [, output] = Object.entries(answers).find(([name]) => where.endsWith(name)) ?? [];
        if (output === undefined) return;
        void client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }));
      };
      return () => (taskTokens.onOpen = undefined);
    },
    ended,
    async events({ executionArn }) {
      const history = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 });
      return (await current().client.send(history)).events ?? [];
    },
  };
}
