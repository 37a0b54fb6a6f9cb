import { RECEIPTS_BYTES } from "../sdk/values/budget.ts";

/** Receipts take half of the room, and the sum of those that are left out a little more. */
const STACKS_BYTES = RECEIPTS_BYTES / 4;
/** Characters of one. */
const LONGEST_STACK = 2000;

/** The stacks of a batch's items that failed, as many as there is room for in its answer. */
export class BatchStacks {
  readonly #stacks: Record<string, string> = {};
  #bytes = 0;

  add(index: number, stack: string | undefined): void {
    if (stack === undefined || this.#bytes > STACKS_BYTES) return;
    const told = stack.slice(0, LONGEST_STACK);
    this.#bytes += Buffer.byteLength(JSON.stringify({ [index]: told }));
    if (this.#bytes <= STACKS_BYTES) this.#stacks[index] = told;
  }

  /** As a field of the answer, if there are any. */
  told(): { readonly stacks?: Readonly<Record<string, string>> } {
    return Object.keys(this.#stacks).length === 0 ? {} : { stacks: this.#stacks };
  }
}
