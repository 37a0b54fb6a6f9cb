import type { FunctionFacts } from "../check/function-facts.ts";
import type { Prices } from "./prices.ts";

/** One thing that costs: so many units at a price. */
export interface CostLine {
  readonly what: string;
  /** The function's key; absent: of the state machine. */
  readonly of?: string;
  readonly quantity: number;
  readonly unit: string;
  /** US dollars of a unit. */
  readonly price: number;
  readonly usd: number;
  /** What is good to know of it. */
  readonly note?: string;
}

export function costLine(line: Omit<CostLine, "usd">): CostLine {
  return { ...line, usd: line.quantity * line.price };
}

export function totalOf(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

/** MiB in a GB, as Lambda bills it. */
const GB = 1024;

export function gigabytes({ memoryMiB }: FunctionFacts): number {
  return memoryMiB / GB;
}

/** What a function's invocations come to. */
export interface Use {
  readonly requests: number;
  /** Milliseconds at work on provisioned concurrency, added up as they are billed. */
  readonly provisionedMs: number;
  readonly onDemandMs: number;
}

/** The invocations of one function. */
export function useLines(fn: FunctionFacts, { requests, provisionedMs, onDemandMs }: Use, prices: Prices): CostLine[] {
  const { onDemand, provisioned } = prices[fn.architecture];
  const seconds = gigabytes(fn) / 1000;
  const lines = [
    costLine({ what: "requests", of: fn.key, quantity: requests, unit: "requests", price: prices.request }),
  ];
  if (provisionedMs > 0) {
    const quantity = provisionedMs * seconds;
    const note = `on replicas; on demand it would cost ${dollars(quantity * onDemand)}`;
    lines.push(costLine({ what: "duration", of: fn.key, quantity, unit: "GB-seconds", price: provisioned, note }));
  }
  if (onDemandMs > 0) {
    const quantity = onDemandMs * seconds;
    lines.push(
      costLine({ what: "duration", of: fn.key, quantity, unit: "GB-seconds", price: onDemand, note: "on demand" }),
    );
  }
  return lines;
}

/** EXPRESS executions: memory is billed in 64 MB, and time in 100 ms. */
const EXPRESS_MEMORY_MIB = 64;
const EXPRESS_STEP_MS = 100;

/**
 * @param ms of one of them
 * @param definitionBytes of what they run: 50 MB of memory have room for it and for little more
 */
export function expressLines(executions: number, ms: number, definitionBytes: number, prices: Prices): CostLine[] {
  if (executions === 0) return [];
  const steps = Math.max(1, Math.ceil((50 * 2 ** 20 + definitionBytes) / (EXPRESS_MEMORY_MIB * 2 ** 20)));
  const billed = Math.max(1, Math.ceil(ms / EXPRESS_STEP_MS)) * EXPRESS_STEP_MS;
  const quantity = (executions * (steps * EXPRESS_MEMORY_MIB) * billed) / GB / 1000;
  const { request, gbSecond } = prices.express;
  return [
    costLine({ what: "EXPRESS executions", quantity: executions, unit: "executions", price: request }),
    costLine({ what: "EXPRESS duration", quantity, unit: "GB-seconds", price: gbSecond }),
  ];
}

/** An amount with as many digits as say something: `$195.34`, `$0.0252`, `$0.000025`. */
export function dollars(usd: number): string {
  if (usd === 0) return "$0";
  const digits = usd >= 1 ? 2 : Math.min(12, 2 + Math.ceil(-Math.log10(usd)));
  const text = usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: digits });
  return `$${text}`;
}
