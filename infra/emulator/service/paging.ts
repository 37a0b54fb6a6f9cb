import { PAGE_ENTRIES } from "../../../sdk/base/aws-limits.ts";
import { ApiError } from "../kernel/api-error.ts";
import { optional, type Reader, upTo } from "./request-readers.ts";

/** How many entries of a list are asked for. */
export const MAX_RESULTS: Reader<number | undefined> = optional(upTo(PAGE_ENTRIES));

export interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** Where a page begins and how many it holds. @throws {ApiError} `ValidationException`, `InvalidToken` */
export function pageOf({ maxResults, nextToken }: PageRequest): { readonly start: number; readonly count: number } {
  const count = MAX_RESULTS(maxResults, "maxResults") || 100;
  if (nextToken === undefined) return { start: 0, count };
  const start = Number(/^from:(\d+)$/.exec(Buffer.from(nextToken, "base64url").toString())?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw new ApiError("InvalidToken", "Invalid Token: 'Invalid token'");
  return { start, count };
}

/** The token of the page that begins at `next`, when there is one. */
export function tokenFor(next: number, total: number): { readonly nextToken?: string } {
  return next < total ? { nextToken: Buffer.from(`from:${next}`).toString("base64url") } : {};
}

/** One page of a list, in the form in which list operations answer. */
export function paged<T>(
  all: readonly T[],
  request: PageRequest,
): { readonly page: readonly T[]; readonly nextToken?: string } {
  const { start, count } = pageOf(request);
  return { page: all.slice(start, start + count), ...tokenFor(start + count, all.length) };
}
