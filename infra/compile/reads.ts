import type { Expression } from "../../sdk/graph/graph.ts";
import type { Reads } from "../../sdk/values/budget.ts";

// What the state machine reads of values: absent where a value is only passed on to tasks.

/** Both of them, named after the first. */
export function bothReads(left: Reads | undefined, right: Reads | undefined): Reads | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.fields === undefined || right.fields === undefined) return left.fields === undefined ? left : right;
  const keys = new Set([...Object.keys(left.fields), ...Object.keys(right.fields)]);
  const fields = [...keys].flatMap((key) => {
    const reads = bothReads(readsOfField(left, key), readsOfField(right, key));
    return reads === undefined ? [] : [[key, reads] as const];
  });
  const elements = bothReads(left.elements, right.elements);
  return { by: left.by, fields: Object.fromEntries(fields), ...(elements === undefined ? {} : { elements }) };
}

/** What is read of a list, as what is read of any of its elements. */
export function readsOfItems(reads: Reads | undefined): Reads | undefined {
  if (reads?.fields === undefined) return reads;
  return Object.values(reads.fields).reduce<Reads | undefined>(bothReads, reads.elements);
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
      const read = expression.path.reduceRight<Reads | undefined>(
        (inner, step) => ({ by, fields: inner === undefined ? {} : { [step]: inner } }),
        reads,
      );
      return [[expression.variable, read]];
    }
    case "object":
      return Object.entries(expression.fields).flatMap(([key, field]) =>
        variableReads(field, readsOfField(reads, key), by),
      );
    case "list":
      return expression.items.flatMap((item, index) => variableReads(item, readsOfField(reads, String(index)), by));
  }
}

/** What is read of a list whose elements are handed out one by one. */
export function readsOfList(by: string, ofEach: Reads | undefined): Reads {
  return { by, fields: {}, ...(ofEach === undefined ? {} : { elements: ofEach }) };
}

/** What is read of one field or element. */
export function readsOfField(reads: Reads | undefined, field: string): Reads | undefined {
  if (reads?.fields === undefined) return reads;
  return Object.hasOwn(reads.fields, field) ? reads.fields[field] : reads.elements;
}
