// Stores a list of texts of 1 KB, as a task's output, reads it back piece by piece, and tells whether it is the same.
import { createHash } from "node:crypto";
import type { Json } from "../../../sdk/base/json.ts";
import { currentStore } from "../../../sdk/store/current-store.ts";
import { storeLarge } from "../../../sdk/values/large-value.ts";
import { StoredList } from "../../../sdk/values/stored-list.ts";
import { encode } from "../../../sdk/values/wire.ts";

const [, , directory = "", written = "0"] = process.argv;
process.env["LAMBENT_STORE"] = directory;
const count = Number(written);

function text(index: number): string {
  return `${index}`.padStart(20, "0").repeat(50);
}

const receipt = {
  replica: "r",
  start: "warm",
  initializationType: "on-demand",
  task: "make",
  startedAt: 0,
  durationMs: 1,
  output: "computed",
  caches: [],
} as const;

async function store(): Promise<{ readonly $list: Json }> {
  const list = Array.from({ length: count }, (_, index) => text(index));
  const reads = { by: "each", fields: {}, list: true } as const;
  const { output } = await storeLarge({ output: encode(list, "output"), receipt }, { bytes: 1000, reads });
  return output as { readonly $list: Json }; // it does not fit
}

const { $list } = await store();
const [expected, found] = [createHash("sha256"), createHash("sha256")];
const stored = await StoredList.open(await currentStore(), $list);
for (let first = 0; first < count; first += 500) {
  for (const element of await stored.range(first, first + 500)) found.update(String(element));
}
for (let index = 0; index < count; index++) expected.update(text(index));
console.log(JSON.stringify({ $list, isSame: found.digest("hex") === expected.digest("hex") }));
