import { z } from "zod";
import { shapeOfSchema } from "./sdk/authoring/schema-shape.ts";
import { jsonSchemaOf, likely } from "./sdk/values/json-schema.ts";
const s = z.coerce.number().min(3);
console.log(
  jsonSchemaOf(s),
  likely(jsonSchemaOf(s)!, jsonSchemaOf(s)!),
  shapeOfSchema(s),
  s["~standard"].validate(3),
  s["~standard"].validate(2),
);
