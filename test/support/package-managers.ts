import { join } from "node:path";
import { packageRoot } from "./project-directory.ts";
import { findTool } from "./tools.ts";

/** A package manager, as people call it in a shell. */
export interface PackageManager {
  readonly name: string;
  /** Undefined where it is not installed. */
  readonly path: string | undefined;
  /** Makes a package.json in an empty folder. */
  readonly init: string;
  /** Installs what a service runs with. */
  readonly add: string;
  /** Installs what a service is made with. */
  readonly addDevelopment: string;
  /** Runs the program of an installed package. */
  readonly run: string;
  /** Its own settings, which a project with a `node_modules` has. */
  readonly files: Readonly<Record<string, string>>;
  /** Templates of which services are made. All of them ask for the same packages, so one shows how a manager lays them out. */
  readonly templates: readonly (readonly [name: string, workflow: string])[];
  /** Where it keeps what it has downloaded, so that the next project downloads nothing. */
  readonly cache: Readonly<Record<string, string>>;
}

/** Those of `lambent init`, with their workflows. */
const TEMPLATES = [
  ["inference", "languages"],
  ["map-file", "readings"],
  ["workflow", "checkout"],
] as const;

/** Downloads of the managers that have no cache on the machine yet. */
const CACHES = join(packageRoot, ".tools", "managers");

export const NPM: PackageManager = {
  name: "npm",
  path: findTool("npm"),
  init: "npm init --yes",
  add: "npm install --no-audit --no-fund",
  addDevelopment: "npm install --no-audit --no-fund --save-dev",
  // Where these tests are run by `npx --package node@24`, npx would look for that package here, too.
  run: "env -u npm_config_package npx --no-install",
  files: {},
  templates: TEMPLATES,
  cache: {
    npm_config_cache: process.env["npm_config_cache"] ?? join(process.env["HOME"] ?? packageRoot, ".npm"),
    npm_config_prefer_offline: "true",
  },
};

export const PNPM: PackageManager = {
  name: "pnpm",
  path: findTool("pnpm"),
  // `pnpm init` pins pnpm's own version, and each command looks for it in the registry.
  init: "echo '{}' >package.json",
  add: "pnpm add --prefer-offline",
  addDevelopment: "pnpm add --prefer-offline --save-dev",
  run: "pnpm exec",
  // Else pnpm ends with an error once it has installed everything: it has not been told whether the scripts of esbuild
  // and es5-ext may run. Neither is needed.
  files: { "pnpm-workspace.yaml": "strictDepBuilds: false\n" },
  templates: [TEMPLATES[0]],
  cache: { pnpm_config_store_dir: join(CACHES, "pnpm-store"), pnpm_config_cache_dir: join(CACHES, "pnpm-cache") },
};

export const YARN: PackageManager = {
  name: "yarn",
  path: findTool("yarn"),
  init: "yarn init --yes",
  add: "yarn add",
  addDevelopment: "yarn add --dev",
  run: "yarn run",
  files: { ".yarnrc.yml": "nodeLinker: node-modules\n" },
  templates: [TEMPLATES[0]],
  cache: { YARN_GLOBAL_FOLDER: join(CACHES, "yarn") },
};
