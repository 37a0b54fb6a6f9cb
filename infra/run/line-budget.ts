const SECOND_MS = 1000;

/** Says so many lines in a second, and of the others how many they were. */
export class LineBudget {
  readonly #most: number;
  readonly #say: (text: string) => void;
  #said = 0;
  #left = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(most: number, say: (text: string) => void) {
    this.#most = most;
    this.#say = say;
  }

  say(text: string): void {
    this.#timer ??= setTimeout(() => this.#nextSecond(), SECOND_MS).unref();
    if (this.#said >= this.#most) {
      this.#left++;
      return;
    }
    this.#said++;
    this.#say(text);
  }

  /** Says how many lines were left out last. */
  close(): void {
    clearTimeout(this.#timer);
    this.#nextSecond();
  }

  #nextSecond(): void {
    this.#timer = undefined;
    this.#said = 0;
    if (this.#left > 0) this.#say(`… ${this.#left} more lines about executions were left out in this second`);
    this.#left = 0;
  }
}
