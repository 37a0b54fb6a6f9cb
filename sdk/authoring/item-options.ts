import { INLINE_MAP_CONCURRENCY } from "../base/aws-limits.ts";
import { LambentError } from "../base/errors.ts";
import { given } from "./given.ts";

/** @throws {LambentError} if a map of anything cannot have them */
export function checkItemOptions(
  what: string,
  concurrency: number | undefined,
  minSuccessRatio: number | undefined,
): void {
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new LambentError(`${what}: concurrency must be a whole number, 1 or more, not ${given(concurrency)}`);
  }
  if (
    minSuccessRatio !== undefined &&
    !(typeof minSuccessRatio === "number" && minSuccessRatio >= 0 && minSuccessRatio <= 1)
  ) {
    throw new LambentError(`${what}: minSuccessRatio must lie between 0 and 1, not ${given(minSuccessRatio)}`);
  }
}

/** @param asked what the author gives as `concurrency` */
export function asksForMany(asked: number | undefined): { readonly asksForMany?: true } {
  return asked !== undefined && asked > INLINE_MAP_CONCURRENCY ? { asksForMany: true } : {};
}
