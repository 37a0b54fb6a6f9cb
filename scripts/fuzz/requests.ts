import fc, { type Arbitrary } from "fast-check";
import { type Emulator, startEmulator } from "../../infra/emulator/index.ts";
import type { Json } from "../../sdk/base/json.ts";
import { isObject } from "../../sdk/base/json.ts";
import { edited, garbled, oddJson } from "./odd.ts";
import { Fault, type OpenSurface } from "./surface.ts";
import { checkMessage } from "./verdict.ts";

interface Case {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly body: string;
}

const ROLE = "arn:aws:iam::000000000000:role/r";
const MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
const EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:m:e";
const DEFINITION = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });

/** Requests of the API that are right, by operation, for what {@link prepare} makes. */
export const REQUESTS: Readonly<Record<string, Json>> = {
  CreateStateMachine: {
    name: "another",
    definition: DEFINITION,
    roleArn: ROLE,
    type: "STANDARD",
    tags: [{ key: "k", value: "v" }],
  },
  UpdateStateMachine: { stateMachineArn: MACHINE, definition: DEFINITION, publish: true },
  DescribeStateMachine: { stateMachineArn: MACHINE },
  ListStateMachines: { maxResults: 10 },
  PublishStateMachineVersion: { stateMachineArn: MACHINE, description: "d" },
  CreateStateMachineAlias: {
    name: "a",
    routingConfiguration: [{ stateMachineVersionArn: `${MACHINE}:1`, weight: 100 }],
  },
  StartExecution: { stateMachineArn: MACHINE, name: "another", input: "{}" },
  StartSyncExecution: { stateMachineArn: `${MACHINE}-express`, input: "{}" },
  DescribeExecution: { executionArn: EXECUTION },
  ListExecutions: { stateMachineArn: MACHINE, statusFilter: "RUNNING", maxResults: 5 },
  GetExecutionHistory: { executionArn: EXECUTION, maxResults: 10, reverseOrder: true },
  StopExecution: { executionArn: EXECUTION, error: "E", cause: "c" },
  RedriveExecution: { executionArn: `${EXECUTION}-failed`, clientToken: "t" },
  CreateActivity: { name: "act" },
  SendTaskSuccess: { taskToken: "t", output: "{}" },
  SendTaskFailure: { taskToken: "t", error: "E" },
  TestState: {
    definition: JSON.stringify({ Type: "Pass", End: true }),
    input: "{}",
    inspectionLevel: "TRACE",
    roleArn: ROLE,
  },
  ValidateStateMachineDefinition: { definition: DEFINITION, type: "EXPRESS", severity: "WARNING", maxResults: 3 },
  TagResource: { resourceArn: MACHINE, tags: [{ key: "k", value: "v" }] },
  ListMapRuns: { executionArn: EXECUTION },
};

const METHODS = ["POST", "GET", "PUT", "DELETE", "HEAD", "OPTIONS"];
const PATHS = [
  "/",
  "/console/",
  "/2015-03-31/functions/f/invocations",
  "/2015-03-31/functions/%00/invocations",
  "/..%2f..%2fetc",
  "/%",
  "//",
];

/** Most requests go where Step Functions' clients send them, so that it is they that are odd. */
function mostly<Value>(usual: Value, all: readonly Value[]): Arbitrary<Value> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...all) });
}

/** State machines and executions, of which requests are: as long as none has taken them away. */
async function prepare({ states }: Emulator): Promise<void> {
  const failing = JSON.stringify({ StartAt: "F", States: { F: { Type: "Fail" } } });
  states.createStateMachine({ name: "m", definition: DEFINITION, roleArn: ROLE, publish: true });
  states.createStateMachine({ name: "m-express", definition: DEFINITION, roleArn: ROLE, type: "EXPRESS" });
  const { executionArn } = states.startExecution({ stateMachineArn: MACHINE, name: "e" });
  await states.executionEnd(executionArn);
  states.updateStateMachine({ stateMachineArn: MACHINE, definition: failing });
  const failed = states.startExecution({ stateMachineArn: MACHINE, name: "e-failed" });
  await states.executionEnd(failed.executionArn);
  states.updateStateMachine({ stateMachineArn: MACHINE, definition: DEFINITION });
}

/** Requests to a server that runs: it answers each, and is there afterwards. */
export async function requests(): Promise<OpenSurface<Case>> {
  const functions = {
    invoke: () => Promise.resolve({ statusCode: 200, executedVersion: "1", requestId: "r", payload: "null" }),
  };
  const emulator = await startEmulator({ functions, port: 0, keep: 100 });
  await prepare(emulator);
  const operation = fc.constantFrom(...Object.keys(REQUESTS));
  const right = operation.chain((name) => {
    const body = REQUESTS[name] ?? {};
    return fc
      .oneof(
        { weight: 5, arbitrary: edited([body], oddJson()).map((value) => JSON.stringify(value)) },
        { weight: 1, arbitrary: garbled([JSON.stringify(body)]) },
      )
      .map((text) => ({ operation: name, body: text }));
  });
  const anyOperation = fc.record({
    operation: fc.constantFrom("", "Nothing", "__proto__", "toString", "StartExecution "),
    body: fc.constantFrom("", "{}", "null", "[", '"x"'),
  });
  return {
    name: "requests",
    share: 180,
    cases: fc
      .tuple(
        mostly("POST", METHODS),
        mostly("/", PATHS),
        fc.oneof({ weight: 8, arbitrary: right }, { weight: 1, arbitrary: anyOperation }),
      )
      .map(([method, path, request]) => ({ method, path, ...request })),
    async attempt({ method, path, operation: name, body }) {
      const headers = { "x-amz-target": `AWSStepFunctions.${name}`, "content-type": "application/x-amz-json-1.0" };
      const hasBody = method !== "GET" && method !== "HEAD";
      const response = await fetch(emulator.url + path, { method, headers, ...(hasBody ? { body } : {}) });
      const text = await response.text();
      if (response.status >= 500) throw new Fault(`answered ${response.status}: ${text}`);
      if (response.status >= 400 && path === "/" && method === "POST") checkRefused(text);
      return response.ok;
    },
    show: ({ method, path, operation: name, body }) => `${method} ${path} ${name} ${body}`,
    close: () => emulator.close(),
  };
}

/** @throws {Fault} unless the answer says what is wrong as AWS does: a type and a message */
function checkRefused(text: string): void {
  const answer: unknown = JSON.parse(text);
  if (!isObject(answer) || !("__type" in answer)) throw new Fault(`refused without a name: ${text}`);
  const message: unknown = Reflect.get(answer, "message") ?? Reflect.get(answer, "Message");
  if (typeof message !== "string") throw new Fault(`refused without a message: ${text}`);
  checkMessage(message);
}
