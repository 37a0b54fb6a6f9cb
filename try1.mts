import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { shapeOfSchema } from "./sdk/authoring/schema-shape.ts";
import { jsonSchemaOf } from "./sdk/values/json-schema.ts";
const Point = type({ x: "number", y: "number >= 0" });
console.log("ark keys", Object.keys(Point["~standard"]), Point["~standard"]);
const all: Record<string, any> = {
  point: Point,
  arr: Point.array(),
  str: type("string > 0"),
  opt: type({ "a?": "string", b: "'x' | 'y'" }),
  morph: type("string.numeric.parse"),
  date: type("Date"),
  def: type({ a: "string = 'q'" }),
  closed: type({ "+": "reject", a: "string" }),
  zrec: z.record(z.string(), z.number()),
  zun: z.union([z.string(), z.number()]),
  zdisc: z.discriminatedUnion("k", [z.object({ k: z.literal("a"), n: z.number() }), z.object({ k: z.literal("b") })]),
  zdate: z.date(),
  znull: z.object({ a: z.string().nullable().optional() }),
  zlit: z.literal(3),
  ztuple: z.tuple([z.string(), z.number()]),
  zlazy: z.object({
    get kids() {
      return z.array(z.object({ n: z.number() }));
    },
  }),
  zany: z.any(),
  zunk: z.unknown(),
  zundef: z.string().optional(),
  zcatch: z.number().catch(3),
  zpre: z.preprocess((x) => Number(x), z.number()),
  zmap: z.map(z.string(), z.number()),
  zbig: z.bigint(),
  zurl: z.url(),
  zinst: z.instanceof(URL),
  zpipe: z
    .string()
    .transform((s) => s.length)
    .pipe(z.number().min(2)),
  varr: toStandardJsonSchema(v.array(v.number())),
  vplain: v.object({ a: v.string() }),
  zasync: z.object({ a: z.string().refine(async (s) => s.length > 1), b: z.number() }),
  zemail: z.email(),
  zint: z.int(),
  zfiles: z.file(),
};
for (const [n, s] of Object.entries(all)) {
  console.log(n, JSON.stringify(jsonSchemaOf(s)), "=>", JSON.stringify(shapeOfSchema(s)));
}
console.log("----");
const more: Record<string, any> = {
  recobj: z.record(z.string(), z.object({ a: z.int().min(1) })),
  reckey: z.record(
    z.string().refine((k) => k.startsWith("id")),
    z.coerce.number(),
  ),
  recenum: z.record(z.string(), z.enum(["x", "y"])),
  keyenum: z.record(z.enum(["a", "b"]), z.number()),
  lits: z.union([z.literal("a"), z.literal(2)]),
  nullenum: z.enum(["a"]).nullable(),
  partial: z.object({
    a: z.object({ b: z.string().optional(), c: z.object({ d: z.number() }).optional() }).optional(),
  }),
  arkrec: type({ "[string]": "number" }),
  arkun: type({ k: "'a'", n: "number" }).or({ k: "'b'" }),
  deepun: z.array(z.union([z.object({ a: z.string() }), z.object({ b: z.number() })])),
  readonly: z.array(z.string()).readonly(),
  brand: z.string().brand("x"),
  prefault: z.string().prefault("q"),
  codec: z.codec(z.string(), z.date(), { decode: (s) => new Date(s), encode: (d) => d.toISOString() }),
  strbool: z.stringbool(),
  loose: z.looseObject({ a: z.string() }),
  catchall: z.object({ a: z.string() }).catchall(z.number()),
  nan: z.nan(),
  int64: z.int64(),
  tmpl: z.templateLiteral(["a", z.number()]),
  intersection: z.intersection(z.object({ a: z.string() }), z.object({ b: z.number() })),
  lazyrec: (() => {
    const N: any = z.object({
      v: z.number(),
      get kids() {
        return z.array(N);
      },
    });
    return N;
  })(),
};
for (const [n, s] of Object.entries(more)) {
  const t = performance.now();
  const sh = shapeOfSchema(s);
  console.log(
    n,
    JSON.stringify(jsonSchemaOf(s)).slice(68, 400),
    "=>",
    JSON.stringify(sh).slice(0, 400),
    (performance.now() - t).toFixed(1) + "ms",
  );
}
