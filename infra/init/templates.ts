import { readdirSync } from "node:fs";
import { join } from "node:path";
import { OWN_ROOT } from "./own-package.ts";

/** What a new service may begin as. Its files are in `templates` of this package. */
export interface Template {
  readonly name: string;
  /** For people who choose. */
  readonly about: string;
  /** The workflow that it has. */
  readonly workflow: string;
  /** Entries that its package.json has beside those of every service. */
  readonly scripts?: Readonly<Record<string, string>>;
}

export const TEMPLATES: readonly Template[] = [
  {
    name: "inference",
    about: "model inference: a small model on warm replicas, and a map over texts",
    workflow: "languages",
    scripts: { train: "node models/train.mjs" },
  },
  {
    name: "map-file",
    about: "map over a file: each line on the replica that has loaded what it needs",
    workflow: "readings",
  },
  { name: "workflow", about: "plain workflow: tasks, a map with a cache, and a choice", workflow: "checkout" },
];

/** What the service is called in the files of templates. */
export const PLACEHOLDER = "my-service";

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
