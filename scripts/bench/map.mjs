/**
 * Maps: what loads, time and invocations they take (map/loads.mjs), and how many items they bear (map/sizes.mjs), in one
 * run. Needs `npm run build`. Options: those of both files. `--part loads` or `--part sizes` is one of them alone;
 * `--million` is a map of 1,000,000 items too, which takes some ten minutes.
 */
import { parseArgs } from "node:util";
import { measureLoads, OPTIONS as OF_LOADS } from "./map/loads.mjs";
import { measureSizes, OPTIONS as OF_SIZES } from "./map/sizes.mjs";

const PARTS = { loads: measureLoads, sizes: measureSizes };

export async function main(args) {
  const part = { type: "string", default: Object.keys(PARTS).join(",") };
  const { values } = parseArgs({ args, options: { part, ...OF_LOADS, ...OF_SIZES } });
  for (const name of values.part.split(",")) await PARTS[name](values);
}
