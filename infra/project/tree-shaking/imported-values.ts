import type { Value } from "../../lint/value.ts";
import type { ImportedValue } from "../../lint/imports.ts";
import { evaluateExport, evaluateImport, type FindModule, type KnownValue } from "./known-values.ts";
import type { ModuleSyntax } from "./module-syntax.ts";

/** What a module imports from the author's other modules: tasks, workflows and the like. */
export async function importedValues(module: ModuleSyntax, find: FindModule): Promise<ImportedValue> {
  const values = new Map<string, Value>();
  for (const imported of module.imports.values()) {
    const known = await evaluateImport(imported, module, find, []);
    const value = known === undefined ? undefined : await valueOf(known, find);
    if (value !== undefined) values.set(keyOf(imported.specifier, imported.name), value);
  }
  return (specifier, name) => values.get(keyOf(specifier, name));
}

/** What makes something that matters here. */
const MAKERS: Readonly<Record<string, Value>> = {
  task: { kind: "export", name: "task" },
  cached: { kind: "export", name: "cache" },
};

function keyOf(specifier: string, name: string): string {
  return JSON.stringify([specifier, name]);
}

async function valueOf(known: KnownValue, find: FindModule): Promise<Value | undefined> {
  switch (known.kind) {
    case "actor":
    case "lambent":
    case "cached":
      return { kind: known.kind };
    case "task":
    case "node":
      return { kind: "caller", isOverridable: known.kind === "task" };
    case "maker":
      return MAKERS[known.product];
    case "module":
      return { kind: "module", exports: await exportsOf(known.module, find) };
    case "other":
      return undefined;
  }
}

/** Those that the module itself exports by name; a module within it is left out, for it may export this one again. */
async function exportsOf(module: ModuleSyntax, find: FindModule): Promise<Map<string, Value>> {
  const values = new Map<string, Value>();
  for (const name of module.exports.keys()) {
    const known = await evaluateExport(name, module, find, []);
    const value = known === undefined || known.kind === "module" ? undefined : await valueOf(known, find);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}
