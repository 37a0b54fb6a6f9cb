import { LambentError } from "../base/errors.ts";
import type { Expression } from "../graph/graph.ts";
import { checkLiterals } from "./literal-size.ts";
import { inputFields, type Trace } from "./trace.ts";

/**
 * The lists that a map goes over, by input.
 * @param what the map, for messages
 * @throws {LambentError} if there is none, or if one is no list or of another length than the others
 */
export function mappedLists(trace: Trace, inputs: object, what: string): Record<string, Expression> {
  const lists = inputFields(trace, inputs, what);
  if (Object.keys(lists).length === 0) throw new LambentError(`${what} needs at least one list to map over`);
  for (const [name, list] of Object.entries(lists)) {
    if (!mayBeList(list)) {
      throw new LambentError(
        `${what}: ${name} must be a list, one element for each call; bind single values with partial()`,
      );
    }
  }
  checkLengths(what, lists);
  for (const [name, list] of Object.entries(lists)) checkLiterals(`${what}'s list ${name}`, list);
  return lists;
}

/** @throws {LambentError} if an input is bound that has a list */
export function refuseBound(what: string, lists: object, bound: object): void {
  const both = Object.keys(lists).find((name) => Object.hasOwn(bound, name));
  if (both !== undefined) throw new LambentError(`${what}: ${both} is bound by partial() already; leave the list out`);
}

/** Of lists that are Refs the length is known at run time alone, and checked then. */
function checkLengths(what: string, lists: Readonly<Record<string, Expression>>): void {
  const known = Object.entries(lists).flatMap(([name, list]) => {
    if (list.kind === "list") return [{ name, length: list.items.length }];
    return list.kind === "literal" && Array.isArray(list.value) ? [{ name, length: list.value.length }] : [];
  });
  const [first] = known;
  const other = known.find(({ length }) => length !== first?.length);
  if (first === undefined || other === undefined) return;
  throw new LambentError(
    `${what}: ${first.name} has ${first.length} elements and ${other.name} has ${other.length}: all lists need one length; bind what is the same for all with partial()`,
  );
}

function mayBeList(expression: Expression): boolean {
  switch (expression.kind) {
    case "ref":
    case "list":
      return true;
    case "literal":
      return Array.isArray(expression.value);
    case "object":
      return false;
  }
}
