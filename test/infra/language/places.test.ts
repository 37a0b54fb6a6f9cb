import { expect, test } from "vitest";
import { Places } from "../../../infra/language/places.ts";

/** Work that goes on until it is interrupted or `end` comes. */
function lasting(end: Promise<string>): (onBegin: () => void, interrupted: AbortSignal) => Promise<string> {
  return (onBegin, interrupted) => {
    onBegin();
    return new Promise((resolve, reject) => {
      void end.then(resolve);
      interrupted.addEventListener("abort", () => reject(new Error("interrupted")));
    });
  };
}

test("what is short goes on behind any number of what never ends, which still has a place", async () => {
  const places = new Places(2, 1);
  let endAll: (result: string) => void = () => {};
  const end = new Promise<string>((resolve) => {
    endAll = resolve;
  });
  let begun = 0;
  let holding = 0;
  const long = Array.from({ length: 8 }, () =>
    places.run(async (onBegin, interrupted) => {
      begun++;
      expect(++holding).toBeLessThanOrEqual(2);
      return lasting(end)(onBegin, interrupted).finally(() => holding--);
    }),
  );
  expect(await Promise.all(["a", "b"].map((name) => places.run(() => Promise.resolve(name))))).toEqual(["a", "b"]);
  expect(holding).toBeGreaterThan(0);
  endAll("done");
  expect(await Promise.all(long)).toEqual(Array.from({ length: 8 }, () => "done"));
  // All but the one that kept its place.
  expect(begun).toBeLessThanOrEqual(15);
});

test("long work is left alone while nobody waits, and an error of its own is its end", async () => {
  const places = new Places(2, 1);
  let endAll: (result: string) => void = () => {};
  const end = new Promise<string>((resolve) => {
    endAll = resolve;
  });
  let begun = 0;
  const both = [1, 2].map(() =>
    places.run((onBegin, interrupted) => {
      begun++;
      return lasting(end)(onBegin, interrupted);
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  endAll("done");
  expect(await Promise.all(both)).toEqual(["done", "done"]);
  expect(begun).toBe(2);
  await expect(places.run(() => Promise.reject(new Error("its own")))).rejects.toThrow("its own");
  expect(await places.run(() => Promise.resolve("next"))).toBe("next");
});
