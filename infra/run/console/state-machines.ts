import type { StepFunctions } from "../../emulator/index.ts";
import type { StateMachine } from "./api.ts";
import { inputOf } from "./inputs.ts";
import type { ConsoleSource } from "./source.ts";

/** What AWS lets one page have. */
const PAGE = 1000;

/** What Lambent writes into the definitions that it compiles. */
const WORKFLOW = /^workflow (.+), compiled by Lambent$/;
const COMPILED = /, compiled by Lambent$/;

/** All state machines, as they were created. */
export function stateMachines(source: ConsoleSource): StateMachine[] {
  return [...stateMachineArns(source.states)].map((stateMachineArn) => stateMachine(source, stateMachineArn));
}

export function* stateMachineArns(states: StepFunctions): Generator<string> {
  let nextToken: string | undefined;
  do {
    const page = states.listStateMachines({ maxResults: PAGE, nextToken });
    for (const { stateMachineArn } of page.stateMachines) yield stateMachineArn;
    ({ nextToken } = page);
  } while (nextToken !== undefined);
}

function stateMachine(source: ConsoleSource, stateMachineArn: string): StateMachine {
  const { name, type, definition } = source.states.describeStateMachine({ stateMachineArn });
  const comment = commentOf(definition);
  const workflow = source.workflowOf?.(stateMachineArn);
  const [, compiled] = WORKFLOW.exec(comment) ?? [];
  return {
    stateMachineArn,
    name,
    title: workflow?.workflow ?? compiled ?? name,
    type,
    isLambent: isCompiled(definition),
    isInternal: isCompiled(definition) && compiled === undefined,
    ...(workflow === undefined ? {} : { inputs: workflow.inputs.map(inputOf) }),
  };
}

/** Whether Lambent has compiled it. */
export function isCompiled(definition: string): boolean {
  return COMPILED.test(commentOf(definition));
}

function commentOf(definition: string): string {
  const { Comment: comment } = JSON.parse(definition) as { readonly Comment?: unknown }; // Step Functions has taken it
  return typeof comment === "string" ? comment : "";
}
