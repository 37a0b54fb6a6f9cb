import { existsSync, readFileSync } from "node:fs";
import type { Json } from "../../sdk/base/json.ts";
import { isJsonObject } from "../../sdk/base/json.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { allNodes } from "../../sdk/graph/walk.ts";
import { mapFacts } from "../../infra/check/map-facts.ts";
import { TRACE_INPUTS } from "../../infra/compile/input-states.ts";
import { didYouMean } from "../../infra/run/remote/did-you-mean.ts";
import type { RunAssumptions } from "../../infra/check/run-assumptions.ts";
import type { RunOptions } from "./run-options.ts";
import { UsageError } from "./usage.ts";

/**
 * What options say of runs.
 * @throws {UsageError} if one cannot be understood, or names a map or a task that there is not
 */
export function runAssumptions(
  values: Pick<RunOptions, "items" | "input" | "itemMs">,
  workflows: readonly GraphData[],
): RunAssumptions {
  const items = named("--items", values.items);
  const times = named("--item-ms", values.itemMs);
  const maps = workflows.flatMap((graph) => mapFacts(graph, {}).flatMap(({ state, node }) => [state, node.name]));
  refuseOthers("--items", "map", items.of, maps);
  const tasks = workflows
    .flatMap(allNodes)
    .flatMap((node) => ("address" in node ? [node.address.task, node.name] : []));
  refuseOthers("--item-ms", "task", times.of, tasks);
  const input = values.input === undefined ? undefined : readInput(values.input);
  const inputs = workflows.flatMap((graph) => graph.inputs.map(({ name }) => name));
  const own = Object.entries(input ?? {}).filter(([name]) => !TRACE_INPUTS.includes(name));
  refuseOthers("--input", "input", Object.fromEntries(own), inputs);
  return {
    itemsOf: items.of,
    ...(items.all === undefined ? {} : { items: items.all }),
    msOf: times.of,
    ...(times.all === undefined ? {} : { itemMs: times.all }),
    ...(input === undefined ? {} : { input }),
  };
}

interface Named {
  readonly all: number | undefined;
  readonly of: Readonly<Record<string, number>>;
}

/** `5`, and `name=5`. */
function named(option: string, texts: readonly string[]): Named {
  const pairs = texts.map((text) => {
    const at = text.lastIndexOf("=");
    const number = Number(text.slice(at + 1));
    if (
      !(Number.isFinite(number) && number >= 0) ||
      text.slice(at + 1).trim() === "" ||
      (option === "--items" && !Number.isInteger(number))
    )
      throw new UsageError(`${option}: neither a number nor name=number: ${text}`);
    return [at === -1 ? undefined : text.slice(0, at), number] as const;
  });
  return {
    all: pairs.findLast(([name]) => name === undefined)?.[1],
    of: Object.fromEntries(pairs.filter((pair): pair is readonly [string, number] => pair[0] !== undefined)),
  };
}

function refuseOthers(option: string, what: string, of: object, known: readonly string[]): void {
  const other = Object.keys(of).find((name) => !known.includes(name));
  if (other === undefined) return;
  const all = [...new Set(known)].toSorted();
  throw new UsageError(
    `${option}: there is no ${what} ${other}${all.length === 0 ? ", nor any other" : `; there are: ${all.join(", ")}${didYouMean(other, all)}`}`,
  );
}

function readInput(text: string): Readonly<Record<string, Json>> {
  const isText = /^\s*[{[]/.test(text);
  if (!isText && !existsSync(text)) throw new UsageError(`--input: neither JSON nor a file: ${text}`);
  let value: Json;
  try {
    value = JSON.parse(isText ? text : readFileSync(text, "utf8")) as Json; // what JSON has
  } catch (error) {
    throw new UsageError(`--input: no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (isJsonObject(value)) return value as Readonly<Record<string, Json>>;
  throw new UsageError("--input: an execution's input is an object, with a field for each of the workflow's inputs");
}

/**
 * The workflows of these names, or all.
 * @throws {UsageError} if there is none of a name
 */
export function chosenWorkflows(names: readonly string[], all: readonly GraphData[]): readonly GraphData[] {
  const unknown = names.find((name) => !all.some(({ workflow }) => workflow === name));
  if (unknown !== undefined) {
    const there = all.map(({ workflow }) => workflow).toSorted();
    throw new UsageError(
      `there is no workflow ${unknown}; there are: ${there.join(", ")}${didYouMean(unknown, there)}`,
    );
  }
  return names.length === 0 ? all : all.filter(({ workflow }) => names.includes(workflow));
}
