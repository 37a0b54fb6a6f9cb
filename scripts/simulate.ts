/** `npm run simulate`: workflows that are made up, under faults. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { numberOption } from "./figures/number-option.ts";
import { writeFigures } from "./figures/write-figures.ts";
import { workflowOf } from "./simulate/family.ts";
import { type Failing, failingOf, simulateInProcesses, simulateShare } from "./simulate/in-processes.ts";
import { errorOf, type Sample, type Share } from "./simulate/simulate-family.ts";
import { SimulationTotals } from "./simulate/totals.ts";

const { values } = parseArgs({
  options: {
    plans: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    /** So many at once. */
    processes: { type: "string", default: String(availableParallelism()) },
    /** The workflows of one of these processes. */
    share: { type: "string" },
    /** One workflow again, as a failure has printed it. */
    again: { type: "string" },
    /** Whether the figures are written into docs/reliability.md. */
    write: { type: "boolean", default: false },
  },
});
const plans = numberOption("plans", values.plans);
const seed = numberOption("seed", values.seed, 0);

if (values.share !== undefined) await simulateShare(plans, seed, JSON.parse(values.share) as Share); // as it was started
else await simulateAll();

async function simulateAll(): Promise<void> {
  const totals = new SimulationTotals((line) => console.log(line));
  const processes = numberOption("processes", values.processes);
  const program = fileURLToPath(import.meta.url);
  const failing =
    values.again === undefined
      ? await simulateInProcesses(program, { plans, seed, processes }, (report) => totals.add(report))
      : await again(JSON.parse(values.again) as Sample, totals); // as it was printed
  if (failing !== undefined) return tell(failing);
  console.log(String(totals));
  if (values.write) writeFigures("simulate", String(totals).split("\n"));
}

async function again(sample: Sample, totals: SimulationTotals): Promise<Failing | undefined> {
  const error = await errorOf(sample, (report) => totals.add(report));
  return error === undefined ? undefined : failingOf({ sample, error, plans: 1 });
}

function tell({ sample, message, plans: run }: Failing): void {
  console.error(`${String(workflowOf(sample.form).graph)}\n\n${message}\n`);
  console.error(`found after ${run} plans; again: npm run simulate -- --again '${JSON.stringify(sample)}'`);
  process.exitCode = 1;
}
