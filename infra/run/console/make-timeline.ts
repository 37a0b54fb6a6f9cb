import { buildTimeline } from "../timeline/build.ts";
import { costIfKnown } from "../timeline/cost.ts";
import { withCutTexts } from "../timeline/files/cut-texts.ts";
import { readHistory } from "../timeline/read.ts";
import type { ConsoleSource } from "./source.ts";

/** The timeline of an execution as it is now, as JSON. */
export async function makeTimeline(
  { states, workflowOf, functions }: ConsoleSource,
  executionArn: string,
  stateMachineArn: string,
): Promise<string> {
  const machine = workflowOf?.(stateMachineArn)?.workflow;
  const history = await readHistory(states, executionArn, machine === undefined ? {} : { machine });
  const facts = functions?.();
  const cost = facts && costIfKnown(history, facts, states.account.region);
  return JSON.stringify(withCutTexts(buildTimeline(history, { cost, now: new Date() })));
}
