import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname } from "node:path";
import { type InstalledPackages, packageName } from "./installed-package.ts";
import type { OutsideImport } from "./outside-plugin.ts";

/** An `import(…)` or `require(…)` of what is no literal. */
const COMPUTED = /(?<![.\w$])(?:import|require)\s*\(\s*(?!["'`][^"'`$]*["'`]\s*[,)]|\)|\/\*)/;

/** A literal that may be the name of a package, or of a module in one. */
const NAME = /["'`]((?:@[\w.-]+\/)?[a-z\d][\w.-]*(?:\/[\w./-]+)?)["'`]/g;

/**
 * What an author's modules may import by a name that they work out: the installed packages that they mention.
 * @param modules the author's modules in a bundle, absolute
 */
export function importsByName(modules: readonly string[], packages: InstalledPackages): OutsideImport[] {
  return modules.flatMap((importer) => {
    const text = readFileSync(importer, "utf8");
    if (!COMPUTED.test(text)) return [];
    const directory = dirname(importer);
    const names = new Set([...text.matchAll(NAME)].map(([, name = ""]) => name));
    return [...names].flatMap((specifier) => {
      const target = isBuiltin(specifier) ? undefined : packages.find(packageName(specifier), directory);
      return target === undefined || target.name === "lambent"
        ? []
        : [{ specifier, isRequired: false, directory, importer, target }];
    });
  });
}
