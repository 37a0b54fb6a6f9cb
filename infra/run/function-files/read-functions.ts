import { statSync } from "node:fs";
import { resolve } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionConfig } from "../../emulator/replicas/replica-config.ts";
import { readFunctionFile } from "../../templates/function-file.ts";
import type { Surroundings } from "../../templates/template.ts";
import type { WrittenFunction } from "../../templates/written-function.ts";
import { type PreparedCode, preparedCode } from "./function-code.ts";
import { runtimeOf } from "./runtimes.ts";

/** Functions of folders and templates, ready to be run. */
export interface ReadFunctions {
  readonly configs: readonly FunctionConfig[];
  /** For people, by name: `Hello of template.yaml`. */
  readonly origins: ReadonlyMap<string, string>;
  /** The files that say what they are. */
  readonly files: readonly string[];
  /** The directories of their code. */
  readonly watched: readonly string[];
  readonly problems: readonly string[];
  /** Of what is run otherwise than on Lambda, or not at all. */
  readonly notes: readonly string[];
}

/**
 * Read what `--lambda` names, and make the code ready.
 * @param paths of folders, files and templates, from `directory`
 * @param outDir where code is put that does not run where it is
 */
export async function readFunctions(
  paths: readonly string[],
  directory: string,
  surroundings: Surroundings,
  outDir: string,
): Promise<ReadFunctions> {
  const named = paths.map((shown) => ({ path: resolve(directory, shown), shown }));
  const read = named.map((file) => readFunctionFile(file, surroundings));
  const problems = read.flatMap((file) => file.problems);
  const notes = read.flatMap((file) => file.leftOut);
  const origins = new Map<string, string>();
  const ready: { readonly config: FunctionConfig; readonly code: PreparedCode }[] = [];
  for (const written of read.flatMap(({ functions }) => functions)) {
    const { name, origin } = written;
    const other = origins.get(name);
    if (other !== undefined) {
      problems.push(`${origin}: ${other} is called ${name} too: give each a name of its own`);
      continue;
    }
    origins.set(name, origin);
    try {
      const code = await preparedCode(written, outDir);
      const config = configOf(written, code);
      if (config === undefined) notes.push(`${origin} is not run here: ${whereElse(written)}`);
      else ready.push({ config, code });
      if (written.hasLayers) notes.push(`${origin} runs without its layers: have what is in them in its own directory`);
    } catch (error) {
      if (!(error instanceof LambentError)) throw error;
      problems.push(`${origin}: ${error.message}`);
    }
  }
  const folders = named.filter(({ path }) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
  return {
    configs: ready.map(({ config }) => config),
    origins,
    problems,
    notes,
    files: [...read.flatMap(({ files }) => files), ...ready.flatMap(({ code }) => code.files)],
    watched: [...new Set([...folders.map(({ path }) => path), ...ready.flatMap(({ code }) => code.watched)])],
  };
}

function whereElse({ runtime }: WrittenFunction): string {
  return `nothing here runs ${runtime}; an endpoint that does is named by --lambda-endpoint`;
}

/** @returns undefined if nothing here runs its runtime */
function configOf(written: WrittenFunction, code: PreparedCode): FunctionConfig | undefined {
  const { name, timeout, memorySize, environment, reservedConcurrency, replicaCount, alias } = written;
  const runtime = runtimeOf(written.runtime ?? "nodejs", code.directory, code.handler);
  if (runtime === null) return undefined;
  return {
    name,
    bundle: code.directory,
    handler: code.handler,
    revision: code.revision,
    timeout,
    memorySize,
    environment,
    replicaCount,
    whenBusy: replicaCount > 0 ? "spill" : "queue",
    ...(runtime === undefined ? {} : { runtime }),
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
    ...(alias === undefined ? {} : { alias }),
  };
}
