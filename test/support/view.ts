import type { Json } from "../../sdk/base/json.ts";
import { Variables } from "../../infra/emulator/interpreter/variables.ts";
import { AWS_LIMITS } from "../../infra/emulator/kernel/limits.ts";
import type { View } from "../../infra/language/language.ts";

/** What an expression may read, in a state that has this input and these variables. */
export function view(input: Json, variables: Readonly<Record<string, Json>> = {}): View {
  const scope = new Variables();
  scope.assign(variables, AWS_LIMITS);
  return {
    input,
    selected: input,
    effective: input,
    result: undefined,
    errorOutput: undefined,
    inspection: undefined,
    variables: scope,
    context: () => ({}),
    now: Date.now,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    giveWay: () => Promise.resolve(),
    outside: (work) => work(new AbortController().signal),
  };
}
