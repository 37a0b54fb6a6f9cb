import type { PassState } from "../../asl/definition.ts";
import type { Work } from "./visit.ts";

export function pass(state: PassState): Work {
  const result = state.Result;
  return { run: result === undefined ? (visit) => visit.effective : () => result };
}
