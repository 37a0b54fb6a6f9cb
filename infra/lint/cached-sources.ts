import { Bindings } from "./bindings.ts";
import { type ImportedValue } from "./imports.ts";
import { parseSource, placeOf } from "./source-mistakes.ts";
import { argumentAt, nameOf, nodeIn } from "./syntax.ts";
import { Values } from "./values.ts";

/** A cached function as its module makes it. */
export interface CachedSource {
  readonly name: string;
  /** Where it is made, from 1. */
  readonly line: number;
  readonly column: number;
}

/** The functions with a name that a module makes by `actor.cache(…)`; none of one that does not parse. */
export function cachedSources(path: string, text: string, imported: ImportedValue = () => undefined): CachedSource[] {
  const parsed = parseSource(path, text);
  if (parsed === undefined) return [];
  const bindings = new Bindings(parsed.program, parsed.scopes);
  const values = new Values(bindings, imported);
  return bindings.nodes.flatMap((call) => {
    const callee = call.type === "CallExpression" ? values.of(nodeIn(call, "callee")) : undefined;
    if (callee?.kind !== "export" || callee.name !== "cache") return [];
    const given = values.of(argumentAt(call, 0));
    const fn = given?.kind === "function" ? given.node : undefined;
    const parent = fn === undefined ? undefined : bindings.parentOf(fn);
    const name =
      fn &&
      (nameOf(nodeIn(fn, "id")) ?? (parent?.type === "VariableDeclarator" ? nameOf(nodeIn(parent, "id")) : undefined));
    return name === undefined ? [] : [{ name, ...placeOf(call) }];
  });
}
