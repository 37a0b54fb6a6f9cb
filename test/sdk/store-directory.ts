import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What this test file's `currentStore()` will find. Import it before whatever uses the store. */
export const directory = mkdtempSync(join(tmpdir(), "lambent-store-"));
process.env["LAMBENT_STORE"] = directory;
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
