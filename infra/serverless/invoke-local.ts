import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { DirectoryStore } from "../../sdk/store/directory-store.ts";
import { LOCAL_BUCKET } from "../../sdk/store/store-bucket.ts";
import { functionKey, replicaFunctions } from "../../sdk/authoring/service.ts";
import { loadProject } from "../project/load-project.ts";
import { functionName, LAMBENT_DIRECTORY } from "../project/names.ts";
import { thisPlatform } from "../project/packages/target-platform.ts";
import { storeAssets } from "../run/local-assets.ts";
import { buildSettings, checkBuildSettings, workflowPaths, type LambentConfig } from "./deploy/config.ts";
import type { FunctionEntry, PluginTools, Serverless } from "./deploy/framework.ts";
import { plainEnvironment, writtenFunctions } from "./deploy/written-settings.ts";

/**
 * Loads the bundle for the framework, which can only require a handler: an ES module it does not find. Stacks are in the
 * author's files and lines.
 */
const HANDLER = `process.setSourceMapsEnabled(true);
exports.handler = async (event, context) => (await import("./index.mjs")).handler(event, context);
`;

/**
 * Let `serverless invoke local -f <actor>` run a task: bundle the actor's function for this machine, with the store of
 * this machine, and tell the framework where it is. A function of the author's own is left to the framework, as is a
 * name that is none.
 * @throws {LambentError} if the sources cannot be loaded, or the function is to run in Docker
 */
export async function prepareInvokeLocal(
  serverless: Serverless,
  config: LambentConfig,
  log: PluginTools["log"],
): Promise<void> {
  const { serviceDir, service, configurationInput, processedInput } = serverless;
  const wanted = processedInput.options["function"];
  const written = writtenFunctions(configurationInput["functions"]);
  const own = written[String(wanted)];
  if (own?.handler !== undefined || own?.image !== undefined) return;
  checkBuildSettings(config);
  const storage = { bucket: LOCAL_BUCKET, keyPrefix: "" };
  const { description, artifacts, assets } = await loadProject({
    root: serviceDir,
    workflows: workflowPaths(config),
    outDir: join(serviceDir, LAMBENT_DIRECTORY, "invoke"),
    platformOf: thisPlatform,
    minify: false,
    settings: buildSettings(config),
    functionSettings: config.actors ?? {},
    assetStorage: storage,
  });
  // Any replica of an actor runs its tasks, so that the actor's name does for all.
  const index = description.functions.findIndex((fn) =>
    [fn, ...replicaFunctions(fn)].some((one) => functionKey(one) === wanted),
  );
  const [fn, artifact] = [description.functions[index], artifacts[index]];
  if (fn === undefined || artifact === undefined) return;
  const key = String(wanted);
  if (processedInput.options["docker"] === true) {
    throw new LambentError(
      `${key} is a function of workflows, which "invoke local" runs without Docker: leave out --docker`,
    );
  }
  const store = join(serviceDir, LAMBENT_DIRECTORY, "store");
  await storeAssets(assets, new DirectoryStore(store), storage, (line) => log.notice(line));
  await writeFile(join(artifact.directory, "invoke.cjs"), HANDLER);
  const name = { service: service.service, stage: serverless.getProvider("aws").getStage() };
  const storageSize = own?.["ephemeralStorageSize"] ?? fn.actor?.ephemeralStorageSize;
  const entry: FunctionEntry = {
    name: functionName(name, fn.actor?.name),
    timeout: fn.actor?.timeout ?? service.provider.timeout ?? FUNCTION_SECONDS,
    ...(fn.actor?.memorySize === undefined ? {} : { memorySize: fn.actor.memorySize }),
    ...own,
    runtime: `nodejs${process.versions.node.split(".")[0]}.x`, // what runs it, whatever the provider's other functions have
    handler: join(relative(serviceDir, artifact.directory), "invoke.handler"),
    environment: {
      LAMBENT_STORE: store,
      ...(storageSize === undefined ? {} : { LAMBENT_EPHEMERAL_STORAGE: String(storageSize) }),
      LAMBENT_METRICS: "off",
      ...fn.actor?.environment,
      ...plainEnvironment(own?.environment),
    },
  };
  if (Array.isArray(configurationInput["functions"])) {
    serverless.extendConfiguration(["functions"], [{ ...written, [key]: entry }]);
  } else serverless.extendConfiguration(["functions", key], entry);
}
