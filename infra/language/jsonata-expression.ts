import type { Json, JsonObject } from "../../sdk/base/json.ts";
import { evaluateApart } from "./apart.ts";
import { ResultTooLarge, TooMuchHere } from "./evaluation-limits.ts";
import { parse, type Parsed, ReportedFailure } from "./jsonata-engine.ts";
import { UnsupportedResult } from "./jsonata-result.ts";
import { awsFunctions, type Chance } from "./jsonata-functions.ts";
import { ENGINE } from "./jsonata-direct.ts";
import { MeterHere } from "./jsonata-meter.ts";
import type { Eventually, View } from "./language.ts";

/** What evaluation gives: a JSON value, or undefined where JSONata finds nothing. */
export type Evaluate = (view: View) => Eventually<Json | undefined>;

/** Compiles `source`, the text between `{%` and `%}`. @throws {JsonataSyntaxError} */
export function compile(source: string): Evaluate {
  const { direct } = parse(source);
  // The engine's form of an expression takes 20 KB: only the latest ones are held, by `parse`.
  const throughEngine: Evaluate = (view) => evaluate(source, parse(source), view);
  if (direct === undefined) return throughEngine;
  return (view) => {
    const value = direct(view);
    return value === ENGINE ? throughEngine(view) : value;
  };
}

/** In this process, as long as it is little work; from its beginning in another one, when it turns out to be more. */
async function evaluate(source: string, parsed: Parsed, view: View): Promise<Json | undefined> {
  const names = namesOf(parsed, view);
  const chance = new RecordedChance(view);
  try {
    return await parsed.evaluate(
      { ...awsFunctions(chance), ...names },
      new MeterHere(chance.now, () => view.giveWay()),
    );
  } catch (error) {
    if (!(error instanceof TooMuchHere)) throw error;
  } finally {
    chance.close();
  }
  return evaluateElsewhere(source, names, chance, view);
}

/** In another process from the beginning. */
export function evaluateFully(source: string, view: View): Promise<Json | undefined> {
  return evaluateElsewhere(source, namesOf(parse(source), view), new RecordedChance(view), view);
}

async function evaluateElsewhere(
  source: string,
  names: Readonly<Record<string, Json>>,
  { now, drawn }: RecordedChance,
  view: View,
): Promise<Json | undefined> {
  const draws = { randoms: (count: number) => randomsOf(view, count), uuid: () => view.uuid() };
  const job = { kind: "jsonata", source, names, now, drawn } as const;
  const report = await view.outside((stopped) => evaluateApart(job, draws, stopped));
  if (report.kind === "value") return report.value;
  if (report.kind === "tooLarge") throw new ResultTooLarge();
  throw report.kind === "failure" ? new ReportedFailure(report.message) : new UnsupportedResult();
}

/** The variables that an expression reads, and `$states`. */
function namesOf({ variables, readsContext }: Parsed, view: View): Readonly<Record<string, Json>> {
  const names: Record<string, Json> = {};
  for (const name of variables) {
    const value = name === "states" ? states(view, readsContext) : view.variables.get(name);
    if (value !== undefined) names[name] = value;
  }
  return names;
}

function states(view: View, withContext: boolean): JsonObject {
  return {
    input: view.input,
    ...(view.result === undefined ? {} : { result: view.result }),
    ...(view.errorOutput === undefined ? {} : { errorOutput: view.errorOutput }),
    ...(withContext ? { context: view.context() } : {}),
  };
}

/** Remembers what was drawn, for an evaluation that begins anew elsewhere. */
class RecordedChance implements Chance {
  readonly now: number;
  readonly drawn: { readonly randoms: number[]; readonly uuids: string[] } = { randoms: [], uuids: [] };
  readonly #view: View;
  #isClosed = false;

  constructor(view: View) {
    this.now = view.now();
    this.#view = view;
  }

  /** Parts of an evaluation that is over may still go on; they draw no more. */
  close(): void {
    this.#isClosed = true;
  }

  uuid(): string {
    if (this.#isClosed) throw new TooMuchHere();
    const uuid = this.#view.uuid();
    this.drawn.uuids.push(uuid);
    return uuid;
  }

  randoms(count: number): readonly number[] {
    if (this.#isClosed) throw new TooMuchHere();
    const randoms = randomsOf(this.#view, count);
    for (const random of randoms) this.drawn.randoms.push(random);
    return randoms;
  }
}

function randomsOf(view: View, count: number): readonly number[] {
  return Array.from({ length: count }, () => view.random());
}
