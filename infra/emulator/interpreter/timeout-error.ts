import { StateError } from "../../language/state-error.ts";
import type { Visit } from "./visit.ts";

const TIMEOUTS = {
  TimeoutSeconds: { error: "States.Timeout", what: "took longer than its timeout of" },
  HeartbeatSeconds: { error: "States.HeartbeatTimeout", what: "sent no heartbeat for" },
} as const;

/** AWS gives these errors no cause. So which state it was, and which limit, is in the explanation. */
export function timeoutError(visit: Visit, limit: keyof typeof TIMEOUTS, seconds: number): StateError {
  const { error, what } = TIMEOUTS[limit];
  const explanation = `${visit.where} ${what} ${seconds} s (${limit} of the state ${visit.step.name})`;
  return new StateError(error, undefined, { explanation });
}
