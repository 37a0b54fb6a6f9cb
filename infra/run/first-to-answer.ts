import type { Routes } from "../emulator/index.ts";

/** What the first of these answers that has an answer. */
export function firstToAnswer(...all: readonly Routes[]): Routes {
  return async (request, response) => {
    for (const routes of all) if (await routes(request, response)) return true;
    return false;
  };
}
