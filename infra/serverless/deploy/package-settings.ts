import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionEntry, PluginTools } from "./framework.ts";

/** The framework's `package` block, as far as Lambent reads it. */
export interface PackageBlock {
  readonly patterns?: readonly string[];
  readonly artifact?: string;
}

/**
 * The globs by which the framework adds files to a function's package and takes away from it: those of the service,
 * then those of the function.
 */
export function packagePatterns(block: PackageBlock | undefined, entry: FunctionEntry | undefined): readonly string[] {
  return [...(block?.patterns ?? []), ...(entry?.package?.patterns ?? [])];
}

/**
 * Refuse or tell of what the framework's packaging has and a function of workflows cannot have.
 * @param written the author's entries of `functions` for those of workflows, by key
 * @throws {LambentError} if one of them says that its function has no package of its own
 */
export function checkPackaging(
  block: PackageBlock | undefined,
  written: Readonly<Record<string, FunctionEntry>>,
  log: PluginTools["log"],
): void {
  for (const [key, entry] of Object.entries(written)) {
    if (entry.package?.individually !== false) continue;
    throw new LambentError(
      `functions.${key}.package.individually is false, but each function of workflows has a package of its own: leave it out`,
    );
  }
  const without = Object.keys(written).filter((key) => written[key]?.package?.artifact === undefined);
  if (block?.artifact === undefined || without.length === 0) return;
  log.warning(
    `Lambent: package.artifact (${block.artifact}) is for the service's other functions: those of workflows, ${without.join(", ")}, have packages of their own; ` +
      "for a zip of yours write functions.<name>.package.artifact",
  );
}
