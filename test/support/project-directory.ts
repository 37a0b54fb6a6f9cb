import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The package's own root. */
export const packageRoot = fileURLToPath(new URL("../..", import.meta.url));

export interface ProjectDirectory {
  readonly root: string;
  write(path: string, content: string | Uint8Array): void;
  /** Make a symbolic link. @param target relative to the link */
  link(path: string, target: string): void;
  remove(): void;
}

/** A directory as a user has it: their files, and node_modules with this package and the framework in it. */
export function projectDirectory(files: Readonly<Record<string, string>>): ProjectDirectory {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "lambent-project-")));
  function write(path: string, content: string | Uint8Array): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  mkdirSync(join(root, "node_modules"));
  symlinkSync(packageRoot, join(root, "node_modules", "lambent"));
  for (const name of ["serverless", "serverless-offline"]) {
    symlinkSync(join(packageRoot, "node_modules", name), join(root, "node_modules", name));
  }
  write("package.json", '{ "type": "module" }');
  for (const [path, content] of Object.entries(files)) write(path, content);
  function link(path: string, target: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  return { root, write, link, remove: () => rmSync(root, { recursive: true, force: true }) };
}
