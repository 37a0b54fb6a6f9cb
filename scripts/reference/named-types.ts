import { dirname, join, normalize } from "node:path";
import { declarationOf, type Exported, importedFrom } from "./read-exports.ts";

/**
 * Interfaces that signatures of a page name and the entry point does not export, such as the options of a function; and
 * those that these name in turn.
 * @param root the package's directory
 */
export function namedTypes(root: string, exported: readonly Exported[]): Exported[] {
  // An export may have another name than its declaration.
  const shown = new Set(exported.flatMap(({ name, signatures }) => [name, declaredName(signatures) ?? name]));
  const found: Exported[] = [];
  const queue = [...exported];
  for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
    for (const name of namesIn(one)) {
      if (shown.has(name)) continue;
      const type = resolved(root, one.path, name);
      if (type === undefined || !isTold(type)) continue;
      shown.add(name);
      found.push(type);
      queue.push(type);
    }
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function declaredName([signature = ""]: readonly string[]): string | undefined {
  return /^(?:interface|type|class) (\w+)/.exec(signature)?.[1];
}

/** Whether it is an interface whose members say what they are: others are there for the compiler. */
function isTold({ kind, members }: Exported): boolean {
  const told = members.filter(({ doc }) => doc.description !== "").length;
  return kind === "type" && told > 0 && told >= members.length / 2;
}

function namesIn({ signatures, members }: Exported): Set<string> {
  const text = [...signatures, ...members.map(({ signature }) => signature)].join("\n");
  return new Set(text.replaceAll(/"[^"]*"/g, "").match(/\b[A-Z]\w+/g));
}

/** The declaration that a name stands for in a module, there or where it is imported from. */
function resolved(root: string, path: string, name: string): Exported | undefined {
  const own = declarationOf(root, path, name);
  if (own !== undefined) return own;
  const source = importedFrom(root, path, name);
  return source?.module.startsWith(".") === true
    ? resolved(root, normalize(join(dirname(path), source.module)), source.name)
    : undefined;
}
