import { readdirSync } from "node:fs";
import { join } from "node:path";
import { OWN_ROOT } from "./own-package.ts";
import type { Template } from "./template-list.ts";

/** What the service is called in the files of templates. */
export const TEMPLATE_SERVICE = "my-service";

/** Of every template, and that of one. */
const SHARED = "shared";

/** npm leaves files of this name out of a package, so that in the templates it is without the dot. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

/** The files of a template: where each goes in the service, and where it is. */
export function templateFiles({ name }: Template): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const folder of [SHARED, name]) {
    const root = join(OWN_ROOT, "templates", folder);
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const place = path.slice(root.length + 1).replaceAll("\\", "/");
      files.set(RENAMED[place] ?? place, path);
    }
  }
  return files;
}
