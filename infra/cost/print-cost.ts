import { count } from "../check/finding.ts";
import { type CostLine, dollars } from "./cost-lines.ts";
import { HOURS_OF_MONTH, type ReplicaCost, type WorkflowCost } from "./estimate.ts";
import { PRICES_OF } from "./prices.ts";

/** A row of a table: what it is about, how it is reckoned, and what it comes to. */
type Row = readonly [what: string, reckoned: string, usd: string];

/** What a workflow's runs cost, as a table. */
export function workflowText({
  workflow,
  run,
  perRun,
  leastPerRun,
  runsPerMonth,
  perMonth,
  assumed,
}: WorkflowCost): string {
  const least = leastPerRun < perRun ? `from ${dollars(leastPerRun)}, by the way that it takes` : "";
  const rows: Row[] = [
    ...run.map(rowOf),
    ["a run", least, dollars(perRun)],
    ...(perMonth === undefined || runsPerMonth === undefined
      ? []
      : [[`a month`, `${count(runsPerMonth)} runs`, dollars(perMonth)] as const]),
  ];
  return [`workflow ${workflow}`, ...tableOf(rows), ...assumed.map((text) => `  assumed ${text}`)].join("\n");
}

/** What an execution has cost, as a table. */
export function executionText(title: string, lines: readonly CostLine[], usd: number, left: readonly string[]): string {
  return [
    title,
    ...tableOf([...lines.map(rowOf), ["in all", "", dollars(usd)]]),
    ...left.map((text) => `  ${text}`),
  ].join("\n");
}

/** What replicas cost whether or not anything runs, as a table. */
export function replicasText(replicas: readonly ReplicaCost[]): string {
  if (replicas.length === 0) return "no replicas: no function has provisioned concurrency";
  const rows = replicas.map(({ function: name, replicas: number, gigabytes, perHour, perMonth, ttlSeconds }): Row => {
    const size = `${number} × ${count(gigabytes, 3)} GB, ${dollars(perHour)} an hour`;
    return perMonth === undefined
      ? [name, `${size} while a run needs them, and ${ttlSeconds} s more`, "by runs"]
      : [name, size, `${dollars(perMonth)} a month`];
  });
  const title = `replicas: provisioned concurrency, whether or not anything runs; a month has ${HOURS_OF_MONTH} hours`;
  return [title, ...tableOf(rows)].join("\n");
}

/** What all of it comes to, and by which prices. */
export function totalText(
  workflows: readonly WorkflowCost[],
  replicas: readonly ReplicaCost[],
  region: string,
): string {
  const idle = replicas.reduce((sum, { perMonth = 0 }) => sum + perMonth, 0);
  const runs = workflows.reduce((sum, { perMonth = 0 }) => sum + perMonth, 0);
  const unknown = workflows.filter(({ perMonth }) => perMonth === undefined).map(({ workflow }) => workflow);
  const missing = unknown.length === 0 ? "" : `, without runs of ${unknown.join(", ")}: --runs-per-month N`;
  return [
    `in all ${dollars(idle + runs)} a month, of which ${dollars(idle)} without any run${missing}`,
    priceText(region),
  ].join("\n");
}

export function priceText(region: string): string {
  return (
    `prices of ${region}, in US dollars, as looked up on ${PRICES_OF}. Not counted: free tiers, what fails and is tried again, cold starts, ` +
    "storage, logs, traces, and data between regions"
  );
}

function rowOf({ what, of, quantity, unit, price, usd, note }: CostLine): Row {
  const units = quantity === 1 ? unit.replace(/s$/, "") : unit;
  const reckoned = `${count(quantity, 3)} ${units} × $${count(price, 10)}${note === undefined ? "" : ` (${note})`}`;
  return [of === undefined ? what : `${what} of ${of}`, reckoned, dollars(usd)];
}

function tableOf(rows: readonly Row[]): string[] {
  function width(column: 0 | 1 | 2): number {
    return rows.reduce((most, row) => Math.max(most, row[column].length), 0);
  }
  return rows.map(([what, reckoned, usd]) =>
    `  ${what.padEnd(width(0))}  ${usd.padStart(width(2))}  ${reckoned}`.trimEnd(),
  );
}
