/**
 * A workflow under faults, for tests: what Lambda, S3 and the network do at their worst, from a seed. To import it gives
 * files and large values a place: `.lambent/store`.
 * @module
 */

import "../run/local.ts"; // a test that uploads files has a store by this

export { simulate } from "./simulate.ts";
export type { SimulationOptions } from "./simulation-options.ts";
export { type FailedRun, SimulationReport } from "./simulation-report.ts";
export { SimulationError } from "./simulation-error.ts";
export { type Fault, FAULT_KINDS, type FaultKind } from "./fault.ts";
