import { LambentError } from "../../sdk/base/errors.ts";
import { errorNames } from "../../sdk/base/thrown.ts";
import type { TaskTokens } from "../emulator/service/task-tokens.ts";

/**
 * What nodes that wait for their token are answered with in {@link run}, by their names, in maps too. A function
 * is called each time that its node waits, with where that is, as `pages[3] approve`: it returns the answer, or throws the
 * error that the node is to fail with. Undefined is no answer: the node waits until its timeout.
 * @example
 * const answers: Answers = { release: { approved: true }, size: () => ({ width: 1 }) };
 */
export type Answers = Readonly<Record<string, unknown>>;

/**
 * Answer the nodes that wait for their tokens, as soon as they do.
 * @returns rejects when one waits that has no answer; it never resolves
 */
export function answering(tokens: TaskTokens, answers: Answers): Promise<never> {
  return new Promise((_, reject) => {
    tokens.onOpen = (taskToken, where) => {
      const name = Object.keys(answers).find((one) => isCalled(where, one));
      if (name === undefined) reject(unanswered(where));
      else answer(tokens, taskToken, where, answers[name]).catch(reject);
    };
  });
}

/** @param where the state, after the item that it is in: `pages[3] approve`, or `approve[3]` where it is all of the item */
function isCalled(where: string, name: string): boolean {
  const state = (where.split(" ").at(-1) ?? "").replace(/\[.*$/, "");
  return where === name || state === name || state.endsWith(`_${name}`); // of a nested workflow, after that one's name
}

function unanswered(where: string): LambentError {
  return new LambentError(
    `${where} waits for an answer, and nobody sends run() one: give it, as run(workflow, inputs, { answers: { ${JSON.stringify(where)}: … } })`,
  );
}

async function answer(tokens: TaskTokens, taskToken: string, where: string, given: unknown): Promise<void> {
  let output: unknown;
  try {
    output = typeof given === "function" ? await Reflect.apply(given, undefined, [where]) : given;
  } catch (error) {
    const [name = "Error"] = errorNames(error);
    tokens.fail({ taskToken, error: name, cause: error instanceof Error ? error.message : String(error) });
    return;
  }
  if (output !== undefined) tokens.succeed({ taskToken, output: JSON.stringify(output) });
}
