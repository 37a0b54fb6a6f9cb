import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import { isObject, type Json } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";
import type { Integration } from "./integrations.ts";

/** Handlers of the user's: of one action (`sqs:sendMessage`), of a service (`dynamodb:*`), and of all others (`*`). */
export class Handlers {
  readonly #byKey: ReadonlyMap<string, Integration>;

  /** @throws {LambentError} if a key is of none of these forms, or what it has is no function */
  constructor(given: Readonly<Record<string, Integration>>) {
    this.#byKey = new Map(Object.entries(given).map(([key, handler]) => [key, checked(key, handler)]));
  }

  /** Of the action itself, or of its service. @param action as `ecs:runTask.sync` */
  find(action: string): Integration | undefined {
    return this.#byKey.get(action) ?? this.#byKey.get(action.replace(/:[^:]*$/, ":*"));
  }

  /** Of what nothing else performs. */
  get others(): Integration | undefined {
    return this.#byKey.get("*");
  }
}

const KEY = /^(?:\*|(?:aws-sdk:)?[a-z0-9-]+:(?:\*|[A-Za-z0-9]+(?:\.sync(?::2)?)?))$/;

function checked(key: string, handler: Integration): Integration {
  if (key.endsWith(".waitForTaskToken")) {
    const action = key.replace(".waitForTaskToken", "");
    throw new LambentError(`integrations["${key}"]: the handler of "${action}" is called for it, with a taskToken`);
  }
  if (!KEY.test(key)) {
    throw new LambentError(
      `integrations["${key}"]: a handler is named by what follows arn:aws:states:::, as "sqs:sendMessage", "dynamodb:*" for all of a service, or "*" for all others`,
    );
  }
  if (typeof handler !== "function") throw new LambentError(`integrations["${key}"] is not a function`);
  return async (input, context) => {
    const result = await calling(key, async () => handler(input, context));
    // Of one that waits for its token the answer is only told in the history.
    if (result === undefined && context.taskToken !== undefined) return {};
    return carriable(result, (fault) =>
      runtimeError(`The handler integrations["${key}"] returned for ${context.action} ${fault}.`),
    );
  };
}

/** A handler's result as JSON has it. @throws what `refused` makes of the reason why it has none */
function carriable(result: unknown, refused: (fault: string) => StateError): Json {
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (error) {
    throw refused(`what is no JSON: ${messageOf(error)}`);
  }
  if (text === undefined) throw refused(`${typeof result}, which is no JSON: null is for no result`);
  const fault = uncarriable(result);
  if (fault !== undefined) throw refused(`what cannot be carried on: ${fault}`);
  return JSON.parse(text);
}

/** What a handler throws is the Task's error by its name. */
async function calling(key: string, call: () => Promise<Json>): Promise<Json> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof StateError || error instanceof Cancelled) throw error;
    const { name, message } = isObject(error) || error instanceof Error ? nameOf(error) : {};
    if (name === undefined) throw runtimeError(`The handler integrations["${key}"] threw ${String(error)}.`);
    throw new StateError(name, message, { thrown: error });
  }
}

function nameOf(error: object): { readonly name?: string; readonly message?: string } {
  const name: unknown = Reflect.get(error, "name");
  const message: unknown = Reflect.get(error, "message");
  return typeof name === "string" && name !== "" ? { name, message: typeof message === "string" ? message : "" } : {};
}
