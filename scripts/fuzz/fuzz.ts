/**
 * `npm run fuzz`: what strangers may give to Lambent, wrong in some places: state machines, requests, invocations, options of
 * the SDK, serverless.yml, command lines. Each has to be taken or refused by name; a crash, a hang, an unhandled rejection or
 * a message of JavaScript's own is a fault. Ends with 1 if there is one, which is told in its smallest form.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import { ApiError } from "../../infra/emulator/index.ts";
import { numberOption } from "../figures/number-option.ts";
import { writeFigures } from "../figures/write-figures.ts";
import { authoring } from "./authoring.ts";
import { commandLines } from "./command-lines.ts";
import { configurations } from "./configurations.ts";
import { definitions } from "./definitions.ts";
import { invocations } from "./invocations.ts";
import { requests } from "./requests.ts";
import { Fault, type OpenSurface, SLOWEST_MS } from "./surface.ts";
import { checkRefusal } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "100000" },
    /** Of the random numbers: that of a run before gives the same cases. */
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    /** One surface alone, by its name. */
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const seed = numberOption("seed", values.seed, 0);
const cases = numberOption("cases", values.cases);
const said: string[] = [];

function say(line: string): void {
  said.push(line);
  process.stdout.write(`${line}\n`);
}

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));

async function tryCase<Case>(surface: OpenSurface<Case>, given: Case): Promise<boolean> {
  let late: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Fault(`not ended after ${SLOWEST_MS / 1000} s`)), SLOWEST_MS);
  });
  try {
    const isTaken = await Promise.race([surface.attempt(given), hung]);
    if (unhandled.length > 0) throw new Fault(`nobody handled: ${String(unhandled.splice(0)[0])}`);
    return isTaken;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    checkRefusal(error);
    return false;
  } finally {
    clearTimeout(late);
  }
}

/** @returns whether no case was a fault */
async function run<Case>(surface: OpenSurface<Case>, cases: number): Promise<boolean> {
  let taken = 0;
  const property = fc.asyncProperty(surface.cases, async (given) => {
    if (await tryCase(surface, given)) taken++;
  });
  const result = await fc.check(property, { seed, numRuns: cases, endOnFailure: false });
  await surface.close();
  if (!result.failed) {
    say(
      `${surface.name.padEnd(16)} ${String(cases).padStart(6)} cases: ${taken} taken, ${cases - taken} refused by name`,
    );
    return true;
  }
  say(`${surface.name}: a fault at case ${result.numRuns}, and in its smallest form:`);
  for (const [given] of result.counterexample === null ? [] : [result.counterexample]) say(surface.show(given));
  say(String(result.errorInstance));
  say(`npm run fuzz -- --seed ${seed} --cases ${cases} --only "${surface.name}"`);
  return false;
}

/** How many of all cases are a surface's. */
function shareOf({ share }: { readonly share: number }): number {
  return Math.max(1, Math.round((cases * share) / 1000));
}

const opened = [authoring, definitions, invocations, requests, configurations, commandLines];
const began = performance.now();
let isSound = true;
const names: string[] = [];
for (const open of opened) {
  const surface = (await open()) as OpenSurface<unknown>; // each with cases of its own kind
  names.push(surface.name);
  if (values.only !== undefined && values.only !== surface.name) await surface.close();
  else isSound = (await run(surface, shareOf(surface))) && isSound;
}
if (values.only !== undefined && !names.includes(values.only)) {
  console.error(`--only: one of ${names.join(", ")}, not ${values.only}`);
  process.exit(2);
}
say(`seed ${seed}, ${Math.round((performance.now() - began) / 1000)} s`);
if (values.write) writeFigures("fuzz", said);
process.exit(isSound ? 0 : 1); // a replica's or an SDK's timer may hold the process
