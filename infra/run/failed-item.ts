import type { Progress } from "../emulator/index.ts";
import { errorDocumentIn } from "./timeline/error-document.ts";

type FailedAttempt = Extract<Progress, { readonly type: "attempt-failed" }>;

/**
 * Where an attempt failed, as people know it: of an execution or an invocation that handles several items of a map, the item that its
 * error names (`score[207]`), and not the batch and the piece that it was in.
 */
export function placeOf({ where, failure }: Pick<FailedAttempt, "where" | "failure">): string {
  if (!OF_SEVERAL.test(where)) return where;
  const [, map, index] =
    /^([^[\]:]+)\[(\d+)\]: /.exec(errorDocumentIn(failure.cause)?.message ?? failure.cause ?? "") ?? [];
  if (map === undefined || index === undefined) return where;
  const places = where.split(".");
  const own = places.findIndex((place) => place.replace(/\[.*/, "").replace(/Distributed\d*$/, "") === map);
  return own < 0 ? where : [...places.slice(0, own), `${map}[${index}]`].join(".");
}

/** The state that invokes a batch, and the one that ends a piece: infra/compile/rounds.ts. */
const OF_SEVERAL = / \w+(?:Batch|Failed)\d*$/;
