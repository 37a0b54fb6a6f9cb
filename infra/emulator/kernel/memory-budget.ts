/** How much memory the executions that are remembered take with their definitions, by an estimate, and may take. */
export class MemoryBudget {
  readonly most: number;
  #used = 0;
  readonly #shared = new Map<object, { readonly bytes: number; holders: number }>();
  #makeRoom: () => void = () => {};

  /** @param most Bytes. */
  constructor(most: number) {
    this.most = most;
  }

  get used(): number {
    return this.#used;
  }

  get isExceeded(): boolean {
    return this.#used > this.most;
  }

  /** @param makeRoom Gives back what can be spared, when more is taken than there is. */
  whenExceeded(makeRoom: () => void): void {
    this.#makeRoom = makeRoom;
  }

  /** What is taken is there already: it is refused to nobody. */
  take(bytes: number): void {
    this.#used += bytes;
    if (this.isExceeded) this.#makeRoom();
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }

  /** Takes what several hold, once for all of them. @param bytesOf Is asked of the first who holds it. */
  hold(shared: object, bytesOf: () => number): void {
    const known = this.#shared.get(shared);
    if (known === undefined) {
      const bytes = bytesOf();
      this.#shared.set(shared, { bytes, holders: 1 });
      this.take(bytes);
    } else known.holders++;
  }

  /** Gives it back when nobody else holds it. */
  release(shared: object): void {
    const known = this.#shared.get(shared);
    if (known === undefined || --known.holders > 0) return;
    this.#shared.delete(shared);
    this.give(known.bytes);
  }
}

// What V8 takes on a machine of 64 bits, roughly.
const BYTES_OF_VALUE = 8;
const BYTES_OF_TEXT = 16;
const BYTES_OF_OBJECT = 40;

/** Bytes that a value of JSON takes in memory, roughly. */
export function memoryOf(value: unknown): number {
  let bytes = 0;
  const rest = [value];
  while (rest.length > 0) {
    const one = rest.pop();
    bytes += BYTES_OF_VALUE;
    if (typeof one === "string") bytes += BYTES_OF_TEXT + one.length;
    else if (typeof one === "object" && one !== null) {
      bytes += BYTES_OF_OBJECT;
      for (const part of Array.isArray(one) ? one : Object.values(one)) {
        // Most values of a long list are small, and need not wait for their turn.
        if (typeof part === "object" || typeof part === "string") rest.push(part);
        else bytes += BYTES_OF_VALUE;
      }
    }
  }
  return bytes;
}
