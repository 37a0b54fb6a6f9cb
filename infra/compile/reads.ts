import type { Expression } from "../../sdk/graph/graph.ts";
import { isWhole, type Reads } from "../../sdk/values/budget.ts";

// What the state machine reads of values: absent where a value is only passed on to tasks.

/** Both of them, named after the first. */
export function bothReads(left: Reads | undefined, right: Reads | undefined): Reads | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (isWhole(left) || isWhole(right)) return isWhole(left) ? left : right;
  const keys = new Set([left, right].flatMap(({ fields = {} }) => Object.keys(fields)));
  const fields = [...keys].map((key): [string, Reads | undefined] => [
    key,
    bothReads(readsOfMember(left, key), readsOfMember(right, key)),
  ]);
  const items = bothReads(left.items, right.items);
  return {
    by: left.by,
    fields: Object.fromEntries(fields.filter((field): field is [string, Reads] => field[1] !== undefined)),
    ...(items === undefined ? {} : { items }),
    ...(left.list === true && right.list === true ? { list: true } : {}),
  };
}

/** What is read of a list, as what is read of any of its elements. */
export function readsOfItems(reads: Reads | undefined): Reads | undefined {
  if (reads === undefined || isWhole(reads)) return reads;
  return Object.values(reads.fields ?? {}).reduce<Reads | undefined>(bothReads, reads.items);
}

/** What is read of a whole, of which `reads` is read at a path. */
export function readsOfPath(
  path: readonly (string | number)[],
  reads: Reads | undefined,
  by: string,
): Reads | undefined {
  return path.reduceRight<Reads | undefined>(
    (inner, step) => ({ by, fields: inner === undefined ? {} : { [step]: inner } }),
    reads,
  );
}

/** The variables in an expression, and what is read of each if `reads` is read of the whole. */
export function variableReads(
  expression: Expression,
  reads: Reads | undefined,
  by: string,
): [variable: string, reads: Reads | undefined][] {
  switch (expression.kind) {
    case "literal":
      return [];
    case "ref": {
      return [[expression.variable, readsOfPath(expression.path, reads, by)]];
    }
    case "object":
      return Object.entries(expression.fields).flatMap(([key, field]) =>
        variableReads(field, readsOfMember(reads, key), by),
      );
    case "list":
      return expression.items.flatMap((item, index) => variableReads(item, readsOfMember(reads, String(index)), by));
  }
}

/** What is read of a list whose elements are handed out one by one. */
export function readsOfList(by: string, ofEach: Reads | undefined): Reads {
  return { by, fields: {}, ...(ofEach === undefined ? {} : { items: ofEach }) };
}

/** What is read of a field or an element. */
export function readsOfMember(reads: Reads | undefined, key: string): Reads | undefined {
  if (reads === undefined || isWhole(reads)) return reads;
  if (reads.fields !== undefined && Object.hasOwn(reads.fields, key)) return reads.fields[key];
  return reads.items;
}
