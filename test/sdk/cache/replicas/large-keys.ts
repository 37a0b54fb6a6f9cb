import { runInvocation } from "../../../../sdk/invocation/invocation.ts";
import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

// 5,000 texts of 100 KB as keys, and 3,000 keys of each other sort, through the caches of an actor whose function has 256 MB.

class Document {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const actor = { name: "large-keys" };
const byText = replicaCache(actor, (text: string) => text.length);
const byRecord = replicaCache(actor, async (key: { id: number; text: string }) => key.id);
const byIdentity = replicaCache(actor, (document: object) => typeof document);
const bySize = replicaCache(actor, (text: string) => text.length, { sizeOf: () => 0 });
const unending = replicaCache(actor, (_text: string) => new Promise(() => {}));

function text(i: number): string {
  return `${"x".repeat(100_000)}${String(i).padStart(8)}`; // told apart by its end alone
}

for (let i = 0; i < 5000; i++) byText(text(i));
const texts = byText.stats.size;
for (let i = 0; i < 3000; i++) await byRecord({ id: i, text: text(i) });
for (let i = 0; i < 3000; i++) byIdentity(new Document(text(i)));
for (let i = 0; i < 3000; i++) bySize(text(i));
for (let i = 0; i < 3000; i += 10) {
  await runInvocation(() => {
    for (let k = i; k < i + 10; k++) void unending(text(k));
  });
}
console.log(JSON.stringify({ texts, found: byText(text(0)) }));
