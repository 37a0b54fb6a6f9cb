import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { isAwsErrorName, similarAwsName, similarName } from "../../sdk/base/error-names.ts";
import type { Node, Retry } from "../../sdk/graph/graph.ts";
import type { Bundle } from "./bundle.ts";
import { allNodes, invokingNode } from "../../sdk/graph/walk.ts";

/** The list of a task's retries, in the text of a bundle: what names an error there does not throw it. */
const LISTS = /\berrors:\s*\[[^\]]*\]/g;

/** Names that Node.js and the web's APIs give to errors, beside those of global classes. */
const PLATFORM: ReadonlySet<string> = new Set([
  "AbortError",
  "TimeoutError",
  "DataCloneError",
  "AssertionError",
  "SystemError",
  "NetworkError",
]);

/**
 * What to tell of retries that wait for errors whose names are nowhere in the service's code.
 * @param bundle all code of the service, with the names as their authors wrote them
 */
export function unthrownErrors({ workflows }: ServiceDescription, { files, outside }: Bundle): string[] {
  const waiting = new Map<string, { what: string; name: string }>();
  for (const node of workflows.flatMap(allNodes)) {
    const { what, errors } = awaitedBy(node);
    for (const name of errors) if (!isKnown(name)) waiting.set(`${what} ${name}`, { what, name });
  }
  if (waiting.size === 0) return [];
  const texts = files
    .filter(({ path }) => !path.endsWith(".map"))
    .map(({ contents }) => Buffer.from(contents).toString().replaceAll(LISTS, ""));
  const words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_$][\w$]*/g) ?? []));
  const classes = [...words].filter((word) => /^[A-Z]/.test(word));
  return [...waiting.values()]
    .filter(({ name }) => /^[\w$.]+$/.test(name)) // what bundles have word for word
    .filter(({ name }) => (name.includes(".") ? !texts.some((text) => text.includes(name)) : !words.has(name)))
    .flatMap(({ what, name }) => {
      const meant = similarName(name, classes) ?? (name.includes(".") ? similarAwsName(name) : undefined);
      if (meant === undefined && !isReserved(name) && outside.imports.length > 0) return []; // it may come from a package beside the bundle
      const remedy =
        meant === undefined ? "check its spelling, or give the class in its place" : `did you mean ${meant}?`;
      return [`${what} for ${name}, a name that no code of this service has: ${remedy}`];
    });
}

/** What waits for errors by their names. */
function awaitedBy(node: Node): { readonly what: string; readonly errors: readonly string[] } {
  const invoking = invokingNode(node);
  if (invoking !== undefined) return awaitedByRetries(`task ${invoking.address.task}`, invoking.options.retries);
  if (node.kind === "try") return { what: "tryCatch(…) waits", errors: node.errors ?? [] };
  if (node.kind === "start") return awaitedByRetries(`${node.workflow}.start`, node.retries);
  if (node.kind !== "workflow" && node.kind !== "workflowMap") return { what: "", errors: [] };
  return awaitedByRetries(`workflow ${node.graph.workflow}`, node.retries);
}

function awaitedByRetries(
  what: string,
  retries: number | Retry | undefined,
): { readonly what: string; readonly errors: readonly string[] } {
  return { what: `${what}: its retries wait`, errors: typeof retries === "object" ? (retries.errors ?? []) : [] };
}

/** AWS's own names, and those of the platform. */
function isKnown(name: string): boolean {
  return isAwsErrorName(name) || PLATFORM.has(name) || Object.hasOwn(globalThis, name);
}

/** Whether a name looks like one that Lambda or Step Functions give, and no package does. */
function isReserved(name: string): boolean {
  return /^(Lambda|Sandbox|Runtime|Function|States)\./i.test(name);
}
