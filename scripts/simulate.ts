/** `npm run simulate`: workflows that are made up, under faults. */
import { parseArgs } from "node:util";
import { simulateFamily } from "./simulate/simulate-family.ts";

const { values } = parseArgs({
  options: {
    plans: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    path: { type: "string" },
  },
});
const began = performance.now();
const struck = new Map<string, number>();
const errors = new Map<string, number>();
const totals = { plans: 0, failed: 0, replicas: 0, hours: 0 };
let told = 0;

const failure = await simulateFamily({
  plans: Number(values.plans),
  seed: Number(values.seed),
  path: values.path,
  onReport(report) {
    totals.plans += report.plans;
    totals.failed += report.failed.length;
    totals.replicas += report.replicas;
    totals.hours += report.seconds / 3600;
    for (const { error } of report.failed) errors.set(error, (errors.get(error) ?? 0) + 1);
    for (const [kind, count] of Object.entries(report.struck)) struck.set(kind, (struck.get(kind) ?? 0) + count);
    if (totals.plans - told < 1000) return;
    told = totals.plans;
    console.log(summary());
  },
});
if (failure === undefined) {
  console.log(summary());
  console.log(`faults: ${counted(struck)}\nerrors: ${counted(errors)}`);
} else {
  console.error(`${failure.graph}\n\n${failure.message}\n`);
  console.error(
    `found after ${failure.plans} plans; again: npm run simulate -- --seed ${values.seed} --path ${failure.path}`,
  );
  process.exitCode = 1;
}

function counted(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}

function summary(): string {
  const faults = [...struck.values()].reduce((sum, count) => sum + count, 0);
  const seconds = (performance.now() - began) / 1000;
  const rate = Math.round((totals.plans / seconds) * 60);
  return `${totals.plans} plans, ${faults} faults, ${totals.failed} executions failed because of them; ${totals.replicas} replicas, ${Math.round(totals.hours)} h simulated in ${Math.round(seconds)} s, ${rate} plans a minute`;
}
