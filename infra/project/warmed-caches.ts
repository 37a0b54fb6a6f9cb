import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { allNodes, invokingNode } from "../../sdk/graph/walk.ts";
import { warmedFunction } from "../../sdk/invocation/warming-name.ts";
import type { Bundle } from "./bundle.ts";
import type { AuthorModules } from "./tree-shaking/author-modules.ts";

/** A cached function that a workflow has replicas load. */
export interface WarmedCache {
  readonly workflow: string;
  readonly actor: string;
  readonly cache: string;
}

/** What the service's workflows load by `warmAll`, each of each workflow once. */
export function warmedCaches({ workflows }: ServiceDescription): WarmedCache[] {
  const found = workflows.flatMap((graph) =>
    allNodes(graph).flatMap((node): WarmedCache[] => {
      const { actor, task = "" } = invokingNode(node)?.address ?? {};
      const cache = warmedFunction(task);
      return cache === undefined || actor === undefined ? [] : [{ workflow: graph.workflow, actor, cache }];
    }),
  );
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

/**
 * Refuses what no replica could load: a bundle has only what the tasks of its function use.
 * @param bundles those of the actors' functions, by actor
 * @param traced all code of the service
 * @throws {LambentError} with file and line
 */
export async function checkWarmedCaches(
  warmed: readonly WarmedCache[],
  bundles: ReadonlyMap<string, Bundle>,
  traced: Bundle,
  authors: AuthorModules,
): Promise<void> {
  const missing = warmed.filter(({ actor, cache }) => {
    const bundle = bundles.get(actor);
    // A name that is made up while a module runs is in no bundle.
    return bundle !== undefined && hasFunction(traced, cache) && !hasFunction(bundle, cache);
  });
  if (missing.length === 0) return;
  const sources = await authors.cached();
  const refusals = missing.map(({ workflow, actor, cache }) => {
    const [source, ...others] = sources.filter(({ name }) => name === cache);
    const place = source === undefined || others.length > 0 ? "" : `${source.path}:${source.line}:${source.column}: `;
    return `${place}workflow ${workflow}: warmAll(${cache}, …): no task of actor ${actor} uses ${cache}, so that the bundle of its replicas does not have it: call it in one of its tasks, or leave it out of warmAll`;
  });
  throw new LambentError(refusals.join("\n"));
}

/** Whether a function of this name is made in a bundle. Names of functions are kept there as texts; methods are named by what they are called. */
function hasFunction({ files }: Bundle, name: string): boolean {
  const written = name.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  const made = new RegExp(`["'\`]${written}["'\`]|(?<![\\w$.])${written}\\s*\\([^()]*\\)\\s*\\{`);
  return files.some(({ path, contents }) => !path.endsWith(".map") && made.test(Buffer.from(contents).toString()));
}
