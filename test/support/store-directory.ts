import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What this test file's `currentStore()` will find. Import it before whatever uses the store. */
export const directory = mkdtempSync(join(tmpdir(), "lambent-store-"));
process.env["LAMBENT_STORE"] = directory;
// Downloads go to a directory of their own too: an earlier run's would be found otherwise.
mkdirSync(join(directory, "tmp"));
process.env["TMPDIR"] = join(directory, "tmp");
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
