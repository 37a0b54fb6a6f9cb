import { z } from "zod";
import { shapeOfSchema } from "./sdk/authoring/schema-shape.ts";
for (const n of [10, 50, 250]) {
  const wide = z.object(
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`field${i}`, z.enum(["some", "other", "third"])])),
  );
  const good = Object.fromEntries(Array.from({ length: n }, (_, i) => [`field${i}`, "some"]));
  let t = performance.now();
  for (let i = 0; i < 1000; i++) wide["~standard"].validate(good);
  console.log(n, "valid us", performance.now() - t);
  t = performance.now();
  for (let i = 0; i < 1000; i++) wide["~standard"].validate({ ...good, field3: 5 });
  console.log("1 bad us", performance.now() - t);
  t = performance.now();
  shapeOfSchema(wide);
  console.log("wide shape ms", performance.now() - t);
}
