import { PLAIN_TASKS, replicaName } from "../../../sdk/base/function-names.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { functionNames } from "../../compile/affinity.ts";
import type { ExecutionHistory } from "./history.ts";

/** An actor's name, and which of its functions it is about, if it has one for each replica. */
export interface Actor {
  readonly name: string;
  /** From 0 on. */
  readonly replica?: number;
  /** How many functions it has. */
  readonly replicas?: number;
}

/**
 * What is said of a function: its actor's name, without those of its service and stage. Which functions are one actor's
 * is what the definition says.
 */
export function actorsOf(history: ExecutionHistory): (functionName: string) => Actor {
  const nameOf = actorNames(history);
  const functions = replicaFunctions(history.definition);
  return (functionName) => {
    const own = functions.get(functionName);
    return own === undefined ? { name: nameOf(functionName) } : { ...own, name: nameOf(own.name) };
  };
}

/** The names of all functions that a definition may invoke, those that it chooses among included. */
export function calledFunctions(definition: string): string[] {
  const written = functionNamesIn(JSON.parse(definition)).flatMap((name) => functionNames(name));
  return [...new Set(written.map(plainName))].filter((name) => !name.startsWith("{%"));
}

/** Of actors with a function for each replica, by the function's name. */
function replicaFunctions(definition: string | undefined): Map<string, Required<Actor>> {
  const found = new Map<string, Required<Actor>>();
  for (const written of functionNamesIn(definition === undefined ? undefined : JSON.parse(definition))) {
    const names = functionNames(written);
    if (names[0] === written) continue;
    const plain = names.map(plainName);
    const shared = sharedName(plain);
    for (const [replica, name] of plain.entries()) found.set(name, { name: shared, replica, replicas: plain.length });
  }
  return found;
}

/** Of `near-0`, `near-1` … it is `near`. Where one of them has another name by serverless.yml, it goes by the others. */
function sharedName(names: readonly string[]): string {
  const numbered = names.findIndex((name, replica) => name.endsWith(replicaName("", replica)));
  return names[numbered]?.slice(0, -replicaName("", numbered).length) ?? names[0] ?? "";
}

/** What all states of a definition have as their `FunctionName`. */
function functionNamesIn(value: unknown): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, within]) =>
    name === "FunctionName" && typeof within === "string" ? [within] : functionNamesIn(within),
  );
}

function actorNames({ arn, definition }: ExecutionHistory): (functionName: string) => string {
  const machine = arn?.split(":")[6]?.replace(/-express$/, "");
  const [, workflow] = /"workflow ([^"]+), compiled by Lambent"/.exec(definition ?? "") ?? [];
  const prefix =
    machine !== undefined && workflow !== undefined && machine.endsWith(`-${workflow}`)
      ? machine.slice(0, -workflow.length)
      : undefined;
  return function actorName(functionName) {
    const name =
      prefix !== undefined && functionName.startsWith(prefix) ? functionName.slice(prefix.length) : functionName;
    return name === PLAIN_TASKS ? "plain tasks" : name;
  };
}

/** Of `arn:aws:lambda:us-east-1:123456789012:function:<name>:live`, and of `<name>:live`, the name. */
export function plainName(functionName: string): string {
  const [, name] = /(?:^|:)function:([^:]+)/.exec(functionName) ?? [];
  return name ?? functionName.replace(/:.*/, "");
}
