/** How many durations are drawn for each node. */
const SAMPLES = 16;

/**
 * Times in rows, one for each sample of the nodes' durations. The first rows are the durations of the nodes; those after
 * them are taken and given back like a stack's. One buffer for all: of many small ones most of the time went to freeing them.
 */
export class TimeRows {
  /** Of the whole graph. */
  readonly nodes: number;
  #times: Float64Array;
  #taken: number;

  /**
   * Draws the durations of so many nodes, exponentially distributed: many are short, few are long. They are the same each
   * time, and whole numbers, so that the same graph has the same definition everywhere.
   */
  constructor(nodes: number) {
    this.nodes = nodes;
    this.#times = new Float64Array(4 * nodes * SAMPLES);
    this.#taken = nodes;
    let state = 1;
    for (let at = 0; at < nodes * SAMPLES; at++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      this.#times[at] = 1 + Math.round(-1000 * Math.log((state + 1) / 2 ** 32));
    }
  }

  get taken(): number {
    return this.#taken;
  }

  /** Takes so many rows of zeros. Returns the first one's number. */
  take(rows: number): number {
    const first = this.#taken;
    this.#taken += rows;
    if (this.#taken * SAMPLES > this.#times.length) {
      const longer = new Float64Array(2 * this.#taken * SAMPLES);
      longer.set(this.#times);
      this.#times = longer;
    }
    this.#times.fill(0, first * SAMPLES, this.#taken * SAMPLES);
    return first;
  }

  /** Gives back all rows from this one on. */
  giveBack(first: number): void {
    this.#taken = first;
  }

  /** Each time in a row becomes at least as long as another's: they run side by side. */
  raise(row: number, other: number): void {
    const times = this.#times;
    const from = other * SAMPLES;
    const into = row * SAMPLES;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const time = times[from + sample] ?? 0;
      if (time > (times[into + sample] ?? 0)) times[into + sample] = time;
    }
  }

  /** A row becomes the sum of two: they run one after the other. */
  setSum(row: number, one: number, other: number): void {
    const times = this.#times;
    for (let sample = 0; sample < SAMPLES; sample++) {
      times[row * SAMPLES + sample] = (times[one * SAMPLES + sample] ?? 0) + (times[other * SAMPLES + sample] ?? 0);
    }
  }

  /** Each time in a row becomes at least as long as the sum of two others. */
  raiseToSum(row: number, one: number, other: number): void {
    const times = this.#times;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const time = (times[one * SAMPLES + sample] ?? 0) + (times[other * SAMPLES + sample] ?? 0);
      if (time > (times[row * SAMPLES + sample] ?? 0)) times[row * SAMPLES + sample] = time;
    }
  }

  /** All times of a row together. */
  total(row: number): number {
    let total = 0;
    for (let at = row * SAMPLES; at < (row + 1) * SAMPLES; at++) total += this.#times[at] ?? 0;
    return total;
  }
}
