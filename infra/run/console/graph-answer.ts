import type { StateMachineDescription } from "../../emulator/index.ts";
import { graphOf } from "../timeline/graph.ts";
import type { GraphAnswer } from "./api.ts";
import { isCompiled } from "./state-machines.ts";

/** The graph of a definition, for the drawing of timelines: of Lambent's own, the nodes that its author has written. */
export function graphAnswer(definition: StateMachineDescription["definition"]): GraphAnswer {
  const isLambent = isCompiled(definition);
  const graph = graphOf(definition, isLambent);
  return { isLambent, ...(graph === undefined ? {} : { graph }) };
}
