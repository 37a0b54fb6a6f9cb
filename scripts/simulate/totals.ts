import type { SimulationReport } from "lambent/testing";

/** Plans between two lines that tell how far it is. */
const TOLD_EACH = 1000;

/** What of a report is summed up. */
export type Counted = Pick<SimulationReport, "plans" | "failed" | "replicas" | "seconds" | "struck">;

/** The sum of many reports. */
export class SimulationTotals {
  readonly #tell: (line: string) => void;
  readonly #began = performance.now();
  readonly #struck = new Map<string, number>();
  readonly #errors = new Map<string, number>();
  #plans = 0;
  #failed = 0;
  #replicas = 0;
  #seconds = 0;
  #told = 0;

  /** @param tell gets a line now and then */
  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  add({ plans, failed, replicas, seconds, struck }: Counted): void {
    this.#plans += plans;
    this.#failed += failed.length;
    this.#replicas += replicas;
    this.#seconds += seconds;
    for (const { error } of failed) add(this.#errors, error, 1);
    for (const [kind, count] of Object.entries(struck)) add(this.#struck, kind, count);
    if (this.#plans - this.#told < TOLD_EACH) return;
    this.#told = this.#plans;
    this.#tell(this.#summary());
  }

  toString(): string {
    return `${this.#summary()}\nfaults: ${counted(this.#struck)}\nerrors: ${counted(this.#errors)}`;
  }

  #summary(): string {
    const faults = [...this.#struck.values()].reduce((sum, count) => sum + count, 0);
    const took = (performance.now() - this.#began) / 1000;
    const rate = Math.round((this.#plans / took) * 60);
    return `${this.#plans} plans, ${faults} faults, ${this.#failed} executions failed because of them; ${this.#replicas} replicas, ${Math.round(this.#seconds / 3600)} h simulated in ${Math.round(took)} s, ${rate} plans a minute`;
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function counted(counts: ReadonlyMap<string, number>): string {
  return counts.size === 0 ? "none" : [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}
