// A step of `npm run build`: TypeScript leaves `// @ts-nocheck` out of what it writes. Without it a project that has not
// all of AWS's clients, and checks libraries, would be told of each that is absent.
import { readFileSync, writeFileSync } from "node:fs";

const file = "dist/sdk/authoring/aws-clients.d.ts";
writeFileSync(file, `// @ts-nocheck\n${readFileSync(file, "utf8")}`);
