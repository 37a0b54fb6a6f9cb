import { z } from "zod";
import { workflow } from "./sdk/index.ts";
import { inputProblems } from "./infra/compile/input-states.ts";
import { compile } from "./infra/language/jsonata-expression.ts";
import { viewOf } from "./infra/run/remote/machine-checks.ts";
import { run } from "./infra/run/local.ts";
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
const none = workflow(
  {
    rows: {
      "~standard": {
        version: 1 as const,
        vendor: "x",
        validate: Rows["~standard"].validate,
        types: Rows["~standard"].types,
      },
    },
  },
  ({ rows }) => rows[0].name,
  { name: "none" },
);
const rows = Array.from({ length: 2800 }, (_, id) => ({
  id,
  name: "name" + id,
  ok: true,
  k: "a" as const,
  tags: ["x", "y"],
}));
const target = { functionName: (a: string | undefined) => `f-${a ?? "tasks"}`, queues: () => false } as never;
const e = inputProblems(big.graph.inputs, target);
console.log(e.length, e.slice(0, 3000));
const c = compile(e);
for (let i = 0; i < 2; i++) {
  const t = performance.now();
  const r = await c(viewOf({ rows } as never));
  console.log(r, performance.now() - t);
}
for (const w of [none, big, none, big]) {
  const t = performance.now();
  await run(w, { rows });
  console.log(w.workflowName, performance.now() - t);
}
