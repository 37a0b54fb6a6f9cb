import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ActorEnvironment } from "lambent";
import { cacheKeyText } from "../../../../infra/emulator/replicas/cache-key-text.ts";
import type { KeptEntries } from "../../../../sdk/cache/kept-entries.ts";

let kept: KeptEntries | undefined;
function opened(message: unknown): void {
  ({ kept } = message as { readonly kept: KeptEntries }); // only caches publish there
}
beforeAll(() => subscribe("lambent:cache:open", opened));
afterAll(() => void unsubscribe("lambent:cache:open", opened));

class Language {
  readonly code: string = "en";
  equals(): boolean {
    return true;
  }
  hashCode(): number {
    return 1;
  }
}
class Handle {}

/** What is told of the key of a call with these arguments. */
function textOf(...args: readonly unknown[]): string | undefined {
  const actor = new ActorEnvironment({ name: "any" });
  const load = actor.cache((...all: readonly unknown[]) => all.length);
  load(...args);
  const [entry] = kept?.keys.leaves() ?? [];
  return entry && cacheKeyText(entry);
}

test.each<{ readonly args: readonly unknown[]; readonly text: string }>([
  { args: [], text: "()" },
  { args: ["v1"], text: '"v1"' },
  {
    args: ['with "quotes"', 3, true, null, undefined, 5n, -0],
    text: '"with \\"quotes\\"", 3, true, null, undefined, 5n, -0',
  },
  { args: [{ size: 3, of: { a: [1, "b"] } }, "x"], text: '{size: 3, of: {a: [1, "b"]}}, "x"' },
  { args: [[], {}, [[]]], text: "[], {}, [[]]" },
  { args: [new Date(0), 1], text: "Date(1970-01-01T00:00:00.000Z), 1" },
  { args: [new Map([["k", { n: 1 }]]), "after"], text: 'Map("k", {n: 1}), "after"' },
  { args: [new Set([1]), /a/g], text: 'Set(1), RegExp("a")' },
  { args: [new Uint8Array([1]), "unread"], text: "Uint8Array…" },
  { args: [new Language(), new Handle()], text: "Language, Handle" },
  { args: [function named() {}], text: "function named" },
])("a key is told as $text", ({ args, text }) => {
  expect(textOf(...args)).toBe(text);
});

test("a long key is cut off", () => {
  expect(textOf("x".repeat(100_000))).toMatch(/^"x{198}…$/);
  expect(textOf(Array.from({ length: 10_000 }, (_, index) => index))).toMatch(/^\[0, 1, 2, .{180,}…$/);
});

test("keys that share their beginning are told whole", () => {
  const actor = new ActorEnvironment({ name: "any" });
  const load = actor.cache((record: object) => Object.keys(record));
  for (const [a, b] of [
    [1, "x"],
    [1, "y"],
    [2, "x"],
  ])
    load({ a, b });
  expect(kept?.keys.leaves().map(cacheKeyText).toSorted()).toEqual([
    '{a: 1, b: "x"}',
    '{a: 1, b: "y"}',
    '{a: 2, b: "x"}',
  ]);
});
