import type { Json } from "../../sdk/base/json.ts";
import { FunctionServiceError, type Functions } from "../../infra/emulator/lambda/functions.ts";
import { StepFunctions, type StepFunctionsOptions } from "../../infra/emulator/index.ts";

type Handler = (payload: Json) => Json | Promise<Json>;

/** Functions of this process, by name. A handler's throw is a function error under the error's own name. */
export function localFunctions(handlers: Readonly<Record<string, Handler>> = {}): Functions {
  return {
    async invoke({ functionName, payload }) {
      const name = functionName.split(":function:").at(-1)?.split(":")[0] ?? functionName;
      const handler = handlers[name];
      if (handler === undefined)
        throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${functionName}`);
      const event = parsePayload(payload);
      const about = { executedVersion: "$LATEST", requestId: "11111111-2222-4333-8444-555555555555" };
      try {
        const result = await handler(event);
        return { statusCode: 200, payload: JSON.stringify(result), ...about };
      } catch (error) {
        const { name: errorType, message: errorMessage } = error instanceof Error ? error : new Error(String(error));
        return {
          statusCode: 200,
          payload: JSON.stringify({ errorType, errorMessage }),
          functionError: "Unhandled",
          ...about,
        };
      }
    },
  };
}

function parsePayload(payload: string): Json {
  try {
    return payload === "" ? {} : JSON.parse(payload);
  } catch {
    throw new FunctionServiceError("InvalidRequestContentException", 400, "Could not parse request body into json");
  }
}

export interface Outcome {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** The history's event types, with the state's name where one is entered. */
  readonly events: readonly string[];
}

/** What a definition is, less what every definition needs. */
export type Definition = { readonly [field: string]: Json };

/** Runs a definition on Step Functions of its own; waits pass at once. */
export async function run(
  definition: Definition,
  input: Json = {},
  handlers: Readonly<Record<string, Handler>> = {},
  options: Partial<StepFunctionsOptions> = {},
): Promise<Outcome> {
  const states = new StepFunctions({ functions: localFunctions(handlers), skipWaits: true, ...options });
  const { stateMachineArn } = states.createStateMachine({
    name: "machine",
    definition: JSON.stringify(definition),
    roleArn: "arn:aws:iam::000000000000:role/test",
  });
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(input) });
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  const { events } = states.getExecutionHistory({ executionArn, maxResults: 1000 });
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    events: events.map(({ type, stateEnteredEventDetails: entered }) =>
      entered === undefined ? type : `${type}:${String(entered.name)}`,
    ),
  };
}

/** A machine of one JSONata state, `State`. */
export function only(state: Definition): Definition {
  return jsonata({ State: state.Type === "Fail" || state.Type === "Succeed" ? state : { End: true, ...state } });
}

/** A JSONata machine that starts at its first state. */
export function jsonata(states: Readonly<Record<string, Definition>>): Definition {
  return {
    QueryLanguage: "JSONata",
    StartAt: Object.keys(states)[0] ?? "",
    States: states,
  };
}

/** A JSONPath machine that starts at its first state. */
export function jsonpath(states: Readonly<Record<string, Definition>>): Definition {
  return {
    StartAt: Object.keys(states)[0] ?? "",
    States: states,
  };
}
