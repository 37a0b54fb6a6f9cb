import { withSharedEnds } from "./shared-ends.ts";
import type { State, StateSequence } from "./states.ts";
import type { PartMachines, Target } from "./target.ts";

/** An Amazon States Language document, as far as Lambent writes it: JSONata throughout. */
export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly TimeoutSeconds?: number;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** Whether a definition, as text, is that of a part of a workflow. */
export function isPart(definition: string): boolean {
  return /"part \d+ of workflow [^"\\]+, compiled by Lambent"/.test(definition);
}

/** A state machine that runs a part of a workflow whose graph is too large for one definition. */
export interface PartMachine {
  /** Its number within the workflow, from 1. */
  readonly part: number;
  readonly definition: Definition;
}

/** @param timeout in seconds */
export function definitionOfStates(comment: string, states: StateSequence, timeout?: number): Definition {
  const { entry, states: all } = withSharedEnds(states);
  return {
    Comment: `${comment}, compiled by Lambent`,
    QueryLanguage: "JSONata",
    ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
    StartAt: entry,
    States: Object.fromEntries(all),
  };
}

/** Numbers the further state machines of a workflow as its states are made: those within others come after them. */
export class NumberedParts implements PartMachines {
  readonly #workflow: string;
  readonly #target: Target;
  readonly #machines: PartMachine[] = [];
  #count = 0;

  constructor(workflow: string, target: Target) {
    this.#workflow = workflow;
    this.#target = target;
  }

  add(make: () => StateSequence): string {
    const part = ++this.#count;
    this.#machines.push({ part, definition: definitionOfStates(`part ${part} of workflow ${this.#workflow}`, make()) });
    const arn = this.#target.partArn?.(this.#workflow, part);
    if (arn === undefined) throw new Error(`workflow ${this.#workflow} is divided where it may have no further parts`);
    return arn;
  }

  get all(): readonly PartMachine[] {
    return this.#machines.toSorted((left, right) => left.part - right.part);
  }
}

/** Where states are only counted, of which those of other state machines are none. */
export const UNCOUNTED_PARTS: PartMachines = { add: () => "arn:aws:states:::stateMachine:part" };
