import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../sdk/base/json.ts";
import { evaluateApart } from "./apart.ts";
import type { Report } from "./apart-frames.ts";
import { EvaluationLimit, TooMuchHere } from "./evaluation-limits.ts";
import type { Eventually, Expression, View } from "./language.ts";
import { type Path, PathNotFound } from "./path.ts";
import { runtimeError } from "./state-error.ts";

/** A search that is to be done in another process. */
class SearchApart extends Error {
  readonly path: Path;
  readonly root: Json;

  constructor(path: Path, root: Json) {
    super();
    this.path = path;
    this.root = root;
  }
}

interface Found {
  readonly path: Path;
  readonly root: Json;
  readonly report: Report;
}

/** What has been found apart, of the views whose expressions wait for that. */
const FOUND = new WeakMap<View, Found[]>();

/** As `path.find`. @throws {SearchApart} for {@link patiently}, {@link PathNotFound} */
export function find(view: View, path: Path, root: Json): Json {
  const known = FOUND.get(view)?.find((one) => one.path === path && isSame(one.root, root));
  if (known !== undefined) return valueOf(known.report);
  try {
    return path.find(root);
  } catch (error) {
    throw error instanceof TooMuchHere ? new SearchApart(path, root) : error;
  }
}

/** The context object is made anew for each search. */
function isSame(one: Json, other: Json): boolean {
  return one === other || isDeepStrictEqual(one, other);
}

function valueOf(report: Report): Json {
  if (report.kind === "notFound") throw new PathNotFound(report.message, report.outOfBounds);
  if (report.kind !== "value") throw runtimeError(report.kind === "failure" ? report.message : report.kind);
  return report.value ?? null;
}

/**
 * Reads what does not wait for anything, as all of JSONPath. A search that turns out to take long is done in another
 * process, and then everything is read again with what it has found.
 */
export function patiently<T>(read: (view: View) => T): Expression<T> {
  function attempt(view: View): Eventually<T> {
    try {
      return read(view);
    } catch (error) {
      if (error instanceof SearchApart) return searchApart(view, error).then(() => attempt(view));
      throw error;
    }
  }
  return (view) => {
    const value = attempt(view);
    return value instanceof Promise ? value.finally(() => FOUND.delete(view)) : value;
  };
}

async function searchApart(view: View, { path, root }: SearchApart): Promise<void> {
  // Nothing of a path is left to chance.
  const draws = { randoms: () => [], uuid: () => "" };
  const job = { kind: "path", text: path.text, root } as const;
  try {
    const report = await view.outside((stopped) => evaluateApart(job, draws, stopped));
    FOUND.set(view, [...(FOUND.get(view) ?? []), { path, root, report }]);
  } catch (error) {
    if (!(error instanceof EvaluationLimit)) throw error;
    throw runtimeError(`The JSONPath '${path.text}' could not be evaluated. ${error.message}`);
  }
}
