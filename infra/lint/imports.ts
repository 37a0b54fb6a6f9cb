import { nameOf, nodeIn, type SyntaxNode } from "./syntax.ts";
import type { Value } from "./value.ts";

/** What is known of a name that a module imports from one of the author's own modules. */
export type ImportedValue = (specifier: string, name: string) => Value | undefined;

/** What an import's specifier stands for. */
export function importOf(
  specifier: SyntaxNode,
  declaration: SyntaxNode | undefined,
  imported: ImportedValue,
): Value | undefined {
  const source = declaration === undefined ? undefined : nameOf(nodeIn(declaration, "source"));
  const name = importedName(specifier);
  if (source === undefined || name === undefined) return undefined;
  if (source !== "lambent") return imported(source, name);
  return name === "*" ? { kind: "lambent" } : { kind: "export", name };
}

function importedName(specifier: SyntaxNode): string | undefined {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(nodeIn(specifier, "imported"));
}
