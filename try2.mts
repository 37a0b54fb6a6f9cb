import { z } from "zod";
import { task, workflow } from "./sdk/index.ts";
import { run } from "./infra/run/local.ts";
import { compile } from "./infra/compile/compile.ts";
import { shapeOfSchema } from "./sdk/authoring/schema-shape.ts";
const wide = z.object(
  Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`field${i}`, z.enum(["some", "other", "third"])])),
);
let t = performance.now();
shapeOfSchema(wide);
console.log("wide shape ms", performance.now() - t);
const target = { functionName: (a: string | undefined) => `f-${a ?? "tasks"}`, queues: () => false } as never;
t = performance.now();
const w = workflow({ a: wide, b: wide }, ({ a }) => a.field0, { name: "wide" });
console.log("trace ms", performance.now() - t);
console.log("definition bytes", JSON.stringify(compile(w.graph, target)).length);
const deep = (n: number): z.ZodType => (n === 0 ? z.number() : z.object({ x: deep(n - 1), y: deep(n - 1) }));
t = performance.now();
const w2 = workflow({ a: deep(7) }, ({ a }) => a as never, { name: "deep" });
console.log("deep trace ms", performance.now() - t, JSON.stringify(compile(w2.graph, target)).length);
const Rows = z.array(
  z.object({
    id: z.int().min(0),
    name: z.string().min(1),
    ok: z.boolean(),
    k: z.enum(["a", "b"]),
    tags: z.array(z.string()),
  }),
);
const big = workflow({ rows: Rows }, ({ rows }) => rows[0].name, { name: "big" });
const rows = Array.from({ length: 2800 }, (_, id) => ({
  id,
  name: "name" + id,
  ok: true,
  k: "a" as const,
  tags: ["x", "y"],
}));
console.log("bytes", JSON.stringify(rows).length);
t = performance.now();
console.log(await run(big, { rows }).catch((e) => e.message), performance.now() - t);
t = performance.now();
console.log(
  await run(big, { rows: rows.map((r) => ({ ...r, k: "z" as never, id: -1 })) }).catch(
    (e) => e.message.length + e.name + e.message.slice(0, 300),
  ),
  performance.now() - t,
);
