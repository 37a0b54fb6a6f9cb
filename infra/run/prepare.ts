import { realpathSync } from "node:fs";
import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { LOCAL_BUCKET } from "../../sdk/store/store-bucket.ts";
import type { AssetStorage } from "../../sdk/values/asset-file.ts";
import { BuildMemory } from "../project/build-memory.ts";
import type { BuildSettings } from "../project/build-settings.ts";
import { loadProject, type Project } from "../project/load-project.ts";
import { thisPlatform } from "../project/packages/target-platform.ts";
import { newArtifactsDirectory, removeAbandonedArtifacts } from "./served-artifacts.ts";

/** A variable's value, or what it is in a service with these functions and workflows; undefined if it has none. */
export type Environment = Readonly<Record<string, string | ((description: ServiceDescription) => string | undefined)>>;

/** What a project is loaded by. */
export interface LoadOptions {
  /** The directory that the paths below are relative to. */
  readonly root: string;
  /** Globs or paths of the author's modules. */
  readonly workflows: readonly string[];
  /** Variables of all functions. An actor's own variables take precedence. */
  readonly environment?: Environment;
  /** How code is put together. */
  readonly settings?: BuildSettings;
  /** Beneath `settings`; by actor's name, or `tasks`. */
  readonly functionSettings?: Readonly<Record<string, BuildSettings>>;
}

/** A project that is being bundled and traced. */
export interface Preparation {
  readonly root: string;
  readonly outDir: string;
  readonly memory: BuildMemory;
  /** Filled while it is loaded. */
  readonly files: string[];
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly project: Promise<Project>;
}

/** Begin to bundle and trace a project, before all is known of how it is to be served. */
export function prepare(options: LoadOptions): Preparation {
  // Bundles name their files by where these really are.
  const root = realpathSync(options.root);
  const outDir = newArtifactsDirectory(root);
  const memory = new BuildMemory();
  const files: string[] = [];
  const project = removeAbandonedArtifacts(outDir).then(() =>
    loadSources({ ...options, root }, outDir, memory, (paths) => files.push(...paths)),
  );
  project.catch(() => {}); // `serve` throws it
  return { root, outDir, memory, files, began: Date.now(), project };
}

/** @param onFiles told of the files that it is made of, whether or not it can be served */
export function loadSources(
  options: LoadOptions,
  outDir: string,
  memory: BuildMemory,
  onFiles: (paths: readonly string[]) => void,
): Promise<Project> {
  const { root, workflows, settings, functionSettings } = options;
  return loadProject({
    root,
    workflows,
    outDir,
    platformOf: thisPlatform,
    minify: false,
    memory,
    onFiles,
    assetStorage: storageOf(options),
    ...(settings === undefined ? {} : { settings }),
    ...(functionSettings === undefined ? {} : { functionSettings }),
  });
}

/** Where the service of this machine keeps its assets. */
export function storageOf({ environment }: Pick<LoadOptions, "environment">): AssetStorage {
  const given = environment?.["LAMBENT_BUCKET"];
  return { bucket: typeof given === "string" ? given : LOCAL_BUCKET, keyPrefix: "" };
}
