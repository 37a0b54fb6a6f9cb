/** `npm run simulate`: workflows that are made up, under faults. */
import { parseArgs } from "node:util";
import { numberOption } from "./figures/number-option.ts";
import { writeFigures } from "./figures/write-figures.ts";
import { workflowOf } from "./simulate/family.ts";
import { errorOf, type FamilyFailure, type Sample, simulateFamily } from "./simulate/simulate-family.ts";
import { SimulationTotals } from "./simulate/totals.ts";

const { values } = parseArgs({
  options: {
    plans: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    /** One workflow again, as a failure has printed it. */
    again: { type: "string" },
    /** Whether the figures are written into docs/reliability.md. */
    write: { type: "boolean", default: false },
  },
});
const totals = new SimulationTotals((line) => console.log(line));

const failure =
  values.again === undefined
    ? await simulateFamily(numberOption("plans", values.plans), numberOption("seed", values.seed, 0), (report) =>
        totals.add(report),
      )
    : await failureOf(JSON.parse(values.again) as Sample); // as it was printed
if (failure === undefined) {
  console.log(String(totals));
  if (values.write) writeFigures("simulate", String(totals).split("\n"));
} else tell(failure);

async function failureOf(sample: Sample): Promise<FamilyFailure | undefined> {
  const error = await errorOf(sample, (report) => totals.add(report));
  return error === undefined ? undefined : { sample, error, plans: 1 };
}

function tell({ sample, error, plans }: FamilyFailure): void {
  console.error(`${String(workflowOf(sample.form).graph)}\n\n${error.message}\n`);
  console.error(`found after ${plans} plans; again: npm run simulate -- --again '${JSON.stringify(sample)}'`);
  process.exitCode = 1;
}
