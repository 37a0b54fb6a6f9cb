import type { Expression } from "../../sdk/graph/graph.ts";
import type { Reads } from "../../sdk/values/budget.ts";

// What the state machine reads of values: absent where a value is only passed on to tasks.

/** Both of them, named after the first. */
export function bothReads(left: Reads | undefined, right: Reads | undefined): Reads | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.fields === undefined || right.fields === undefined) return left.fields === undefined ? left : right;
  const fields = new Map(Object.entries(left.fields));
  for (const [key, reads] of Object.entries(right.fields)) fields.set(key, bothReads(fields.get(key), reads) ?? reads);
  return { by: left.by, fields: Object.fromEntries(fields) };
}

/** What is read of a list, as what is read of any of its elements. */
export function readsOfItems(reads: Reads | undefined): Reads | undefined {
  if (reads?.fields === undefined) return reads;
  return Object.values(reads.fields).reduce<Reads | undefined>(bothReads, undefined);
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
        variableReads(field, readsOfField(reads, key), by),
      );
    case "list":
      return expression.items.flatMap((item, index) => variableReads(item, readsOfField(reads, String(index)), by));
  }
}

function readsOfField(reads: Reads | undefined, field: string): Reads | undefined {
  if (reads?.fields === undefined) return reads;
  return Object.hasOwn(reads.fields, field) ? reads.fields[field] : undefined;
}
