import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { hasWorkflows } from "./deploy/config.ts";

/** Where a service is, and what its configuration does not say of it. */
export interface ServicePlace {
  /** The project's directory. */
  readonly root: string;
  /** Globs or paths of modules, in the place of `lambent.workflows`. Default: none. */
  readonly workflows?: readonly string[];
  readonly stage?: string;
  readonly region?: string;
}

export const DEFAULT_STAGE = "dev";
export const DEFAULT_REGION = "us-east-1";

/** Directories whose modules are a service's, if nothing says which are. */
const CONVENTIONAL = ["workflows", "src/workflows"];
const MODULE = /\.[mc]?[jt]s$/;
const MODULES = "*.{ts,mts,cts,js,mjs,cjs}";

/**
 * What serverless.yml or its like says, with its variables resolved; or where there is none, what package.json and the
 * names of directories do: `service`, and the `lambent` block.
 * @throws {LambentError} if it cannot be read, or nothing says which modules the service has
 */
export async function serviceConfiguration(place: ServicePlace): Promise<Readonly<Record<string, unknown>>> {
  const { root } = place;
  const workflows = (place.workflows ?? []).map((given) => modulesIn(root, given));
  const written = await readConfiguration(place);
  if (workflows.length > 0) {
    const { service = nameOf(root), lambent } = written ?? {};
    return { ...written, service, lambent: { ...(isObject(lambent) ? lambent : {}), workflows } };
  }
  if (written !== undefined) return written;
  const lambent = lambentIn(root) ?? byConvention(root);
  return { service: nameOf(root), ...(lambent === undefined ? {} : { lambent }) };
}

/** A directory stands for the modules in it. */
function modulesIn(root: string, given: string): string {
  const path = join(root, given);
  const isDirectory = existsSync(path) && statSync(path).isDirectory();
  return isDirectory ? `${given.replace(/[\\/]+$/, "")}/${MODULES}` : given;
}

/** The block `lambent` of package.json, which has what that of serverless.yml has. */
function lambentIn(root: string): object | undefined {
  const { lambent } = manifestOf(root);
  if (lambent === undefined) return undefined;
  if (hasWorkflows(lambent)) return lambent;
  throw new LambentError(
    `${join(root, "package.json")}: lambent names no workflows: write { "lambent": { "workflows": "workflows/*.ts" } }`,
  );
}

function byConvention(root: string): { readonly workflows: string } | undefined {
  const directory = CONVENTIONAL.find((one) => {
    const path = join(root, one);
    return existsSync(path) && statSync(path).isDirectory() && readdirSync(path).some((file) => MODULE.test(file));
  });
  return directory === undefined ? undefined : { workflows: `${directory}/${MODULES}` };
}

/** The package's name without its scope, or else the directory's, as far as functions may be called so. */
function nameOf(root: string): string {
  const { name } = manifestOf(root);
  const [last = ""] = (typeof name === "string" && name !== "" ? name : basename(root)).split("/").slice(-1);
  return last.replaceAll(/[^A-Za-z0-9-]+/g, "-").replaceAll(/^[^A-Za-z]+|-+$/g, "") || "service";
}

function manifestOf(root: string): Readonly<Record<string, unknown>> {
  const path = join(root, "package.json");
  if (!existsSync(path)) return {};
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isObject(value) ? { ...value } : {};
  } catch (error) {
    throw new LambentError(`${path} is no JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** What osls has for reading a service's configuration aside of its commands. */
interface Framework {
  readonly resolvePath: (of: { readonly cwd: string; readonly options: object }) => Promise<string | null>;
  readonly read: (path: string) => Promise<Record<string, unknown>>;
  readonly resolveVariables: (of: {
    readonly serviceDir: string;
    readonly configuration: object;
    readonly options: object;
  }) => Promise<void>;
}

/** serverless.yml or its like with its variables resolved; undefined if there is none. */
async function readConfiguration({ root, stage, region }: ServicePlace): Promise<Record<string, unknown> | undefined> {
  const framework = frameworkOf(root);
  if (framework === undefined) {
    if (!existsSync(join(root, "serverless.yml"))) return undefined;
    throw new LambentError(
      "serverless.yml cannot be read, since osls is not installed here: npm install --save-dev serverless@npm:osls@4.3.1",
    );
  }
  const path = await framework.resolvePath({ cwd: root, options: {} });
  if (path === null) return undefined;
  try {
    const configuration = await framework.read(path);
    if (configuration["useDotenv"] === true) loadDotenv(root, stage ?? DEFAULT_STAGE);
    const options = { ...(stage === undefined ? {} : { stage }), ...(region === undefined ? {} : { region }) };
    await framework.resolveVariables({ serviceDir: root, configuration, options });
    return configuration;
  } catch (error) {
    throw new LambentError(`${relative(root, path)}: ${messageOf(error)}`, { cause: error });
  }
}

/** The project's own framework; undefined if it has none. */
function frameworkOf(root: string): Framework | undefined {
  const require = createRequire(join(root, "package.json"));
  try {
    // Their shapes are those of osls 4.3.1, which has no types of them.
    return {
      resolvePath: require("serverless/lib/cli/resolve-configuration-path") as Framework["resolvePath"],
      read: require("serverless/lib/configuration/read") as Framework["read"],
      resolveVariables: require("serverless/lib/configuration/variables") as Framework["resolveVariables"],
    };
  } catch {
    return undefined;
  }
}

/** As the framework does; what the environment has already stays. */
function loadDotenv(root: string, stage: string): void {
  for (const name of [`.env.${stage}.local`, ".env.local", `.env.${stage}`, ".env"]) {
    if (existsSync(join(root, name))) process.loadEnvFile(join(root, name));
  }
}
