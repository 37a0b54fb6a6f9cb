import type { Clock } from "../emulator/kernel/clock.ts";
import type { Functions } from "../emulator/index.ts";
import { never } from "./never.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One emulator from its start to its end, which may come at any moment, as that of a process. */
export class EmulatorLife {
  readonly clock: Clock;
  readonly functions: Functions;
  #isOver = false;

  /** @param current the functions of the run that is going on */
  constructor(time: VirtualTime, current: () => Functions, provisioned: Functions["provisioned"]) {
    this.clock = {
      now: () => time.now(),
      after: (milliseconds, fn) => time.after(milliseconds, () => (this.#isOver ? undefined : fn())),
      begin() {},
      end() {},
    };
    this.functions = {
      invoke: (request) => (this.#isOver ? never() : this.#alive(current().invoke(request))),
      ...(provisioned === undefined ? {} : { provisioned }),
    };
  }

  /** From now on nothing happens in it: no timer comes, and no answer. */
  end(): void {
    this.#isOver = true;
  }

  #alive<T>(answer: Promise<T>): Promise<T> {
    return answer.then(
      (value) => (this.#isOver ? never() : value),
      (error: unknown) => {
        if (this.#isOver) return never();
        throw error;
      },
    );
  }
}
