import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { JSONATA_FUNCTIONS } from "../../../sdk/graph/jsonata-builtins.ts";
import { compile } from "../../../infra/language/jsonata-expression.ts";
import { view } from "../../support/view.ts";

async function isFunction(name: string): Promise<boolean> {
  return (await compile(`$type($${name}) = "function"`)(view(null))) === true;
}

it("the functions that an expression finds are those that the compiler and the checks know, but for $eval", async () => {
  const engine = readFileSync(createRequire(import.meta.url).resolve("jsonata"), "utf8");
  // Whatever way the engine registers a function, its name is a word of the engine's text.
  const words = new Set([...(engine.match(/[A-Za-z_]\w*/g) ?? []), ...JSONATA_FUNCTIONS]);
  const found: string[] = [];
  for (const word of words) if (await isFunction(word)) found.push(word);
  expect(found.length).toBeGreaterThan(60);
  expect([...found, "eval"].sort()).toEqual([...JSONATA_FUNCTIONS].sort());
});
