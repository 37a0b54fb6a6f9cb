import {
  CODE_BYTES,
  EXPRESS_SECONDS,
  FUNCTION_NAME_CHARACTERS,
  NAME_CHARACTERS,
  RESERVED_VARIABLES,
} from "../../../sdk/base/aws-limits.ts";
import type { GraphData } from "../../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { PLAIN_TASKS, replicaName } from "../../../sdk/base/function-names.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { ActorDefinition } from "../../../sdk/authoring/definition.ts";
import { replicaFunctions, type FunctionDescription, type ServiceDescription } from "../../../sdk/authoring/service.ts";
import type { Definition } from "../../compile/compile.ts";
import { checkProvisionedSetting } from "../../project/provisioned-setting.ts";
import { functionName, stateMachineName, type ServiceName } from "../../project/names.ts";
import { eventsOf } from "./event-grants.ts";
import type { FunctionEntry, Provider } from "./framework.ts";
import { allStates, fields, innerDefinitions, list, type Fields } from "../../asl/states.ts";
import { validateDefinition } from "../../validate/validate.ts";

/** The oldest major version of Node for which Lambda still accepts new code. */
const OLDEST_NODE = 20;

/** The framework's own default. */
const DEFAULT_NODE = 24;

/** @throws {LambentError} if Lambda or Step Functions would refuse the name of a function or a state machine */
export function checkNames(service: ServiceName, { functions, workflows }: ServiceDescription): void {
  for (const { actor, replica, tasks } of functions.flatMap(replicaFunctions)) {
    const name = replicaName(functionName(service, actor?.name), replica);
    if (actor?.name === PLAIN_TASKS) {
      throw new LambentError(
        `actor ${actor.name}: the function of the plain tasks is called so (${name}): rename the actor`,
      );
    }
    if (name.length > FUNCTION_NAME_CHARACTERS) {
      throw new LambentError(
        `${actor === undefined ? "the plain tasks" : `actor ${actor.name}`} (${tasks.join(", ")}): the function's name ${name} has ${name.length} ` +
          `characters, Lambda takes ${FUNCTION_NAME_CHARACTERS}: shorten the service's, the stage's or the actor's`,
      );
    }
  }
  const owners = new Map<string, string>();
  for (const graph of workflows) {
    const { workflow } = graph;
    const name = stateMachineName(service, graph);
    const other = owners.get(name);
    if (other !== undefined) {
      throw new LambentError(
        `workflows ${other} and ${workflow}: both state machines would be called ${name}: give one of them another { name }`,
      );
    }
    owners.set(name, workflow);
    if (name.length > NAME_CHARACTERS) {
      throw new LambentError(
        `workflow ${workflow}: its state machine's name ${name} has ${name.length} characters, Step Functions takes ` +
          `${NAME_CHARACTERS}: shorten the service's or the workflow's { name }`,
      );
    }
    if (!/^[\w-]+$/.test(workflow)) {
      throw new LambentError(
        `workflow ${JSON.stringify(workflow)}: its name becomes a state machine's: letters, digits, "-" and "_" only; give it another { name }`,
      );
    }
  }
}

/**
 * @throws {LambentError} if a workflow with `type: "EXPRESS"` has a state that only STANDARD state machines can have
 */
export function checkExpress(graph: GraphData, definition: Definition): void {
  if (graph.options?.type !== "EXPRESS") return;
  function refuse(name: string, what: string): never {
    throw new LambentError(
      `workflow ${graph.workflow}, node ${name}: ${what}: leave out type: "EXPRESS", or take the node into a STANDARD workflow`,
    );
  }
  for (const node of allNodes(graph)) {
    const timeout = invokingNode(node)?.options.timeout ?? 0;
    if (timeout <= EXPRESS_SECONDS) continue;
    refuse(node.name, `its timeout of ${timeout} s is longer than an EXPRESS execution may last, ${EXPRESS_SECONDS} s`);
  }
  for (const node of allNodes(graph)) {
    if (node.kind !== "wait" || node.value.kind !== "literal" || Number(node.value.value) <= EXPRESS_SECONDS) continue;
    if (node.field === "Seconds")
      refuse(
        node.name,
        `it waits ${node.value.value} s, longer than an EXPRESS execution may last, ${EXPRESS_SECONDS} s`,
      );
  }
  for (const [name, state] of allStates(definition as unknown as Fields)) {
    const { Resource, ItemProcessor } = state;
    if (typeof Resource === "string" && /\.(sync(:2)?|waitForTaskToken)$/.test(Resource)) {
      refuse(name, `EXPRESS state machines cannot wait for ${Resource}`);
    }
    if (JSON.stringify(ItemProcessor ?? null).includes('"Mode":"DISTRIBUTED"')) {
      refuse(name, "EXPRESS state machines have no Distributed Map");
    }
  }
}

/** @throws {LambentError} if no transition leads to a state, or a transition leads to a state that does not exist */
export function checkReachable(workflow: string, definition: Fields): void {
  const states = fields(definition["States"]);
  const reached = new Set<string>();
  const stack = [String(definition["StartAt"])];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    if (states[name] === undefined) {
      throw new LambentError(
        `workflow ${workflow}: its definition goes to ${name}, a state that is not there: ${OUR_FAULT}`,
      );
    }
    stack.push(...successors(fields(states[name])));
  }
  const unreachable = Object.keys(states).filter((name) => !reached.has(name));
  if (unreachable.length > 0) {
    throw new LambentError(
      `workflow ${workflow}: no state leads to ${unreachable.join(", ")}, which Step Functions refuses: ${OUR_FAULT}`,
    );
  }
  for (const state of Object.values(states)) {
    for (const inner of innerDefinitions(fields(state))) checkReachable(workflow, inner);
  }
}

/** @throws {LambentError} for whatever else Step Functions refuses of a definition */
export function checkDefinition({ workflow, options }: GraphData, definition: Definition): void {
  checkValid(workflow, options?.type ?? "STANDARD", definition);
}

/** @throws {LambentError} for whatever else Step Functions refuses of a definition */
export function checkValid(workflow: string, type: "STANDARD" | "EXPRESS", definition: Definition): void {
  const errors = validateDefinition(JSON.stringify(definition), type).filter(({ severity }) => severity === "ERROR");
  if (errors.length === 0) return;
  const messages = errors.map(({ message, location }) => `${message} (${location})`).join("; ");
  throw new LambentError(`workflow ${workflow} compiles to what Step Functions refuses: ${messages}`);
}

const OUR_FAULT = "the compiler wrote it so; please report the workflow's source";

function successors(state: Fields): string[] {
  const choices = [...list(state["Choices"]), ...list(state["Catch"])].map((choice) => fields(choice)["Next"]);
  return [state["Next"], state["Default"], ...choices].filter((next) => typeof next === "string");
}

/**
 * Check a function's entry as it will be deployed, with the author's overrides.
 * @throws {LambentError} if Lambda would refuse it, or would refuse its second deployment
 */
export function checkFunction(key: string, entry: FunctionEntry, actor: Partial<ActorDefinition> = {}): void {
  const { whenBusy, replicaCount = 0, ttlSeconds } = actor;
  const { reservedConcurrency } = entry;
  checkProvisionedSetting(key, actor, entry.provisionedConcurrency);
  const provisionedConcurrency = ttlSeconds === undefined ? (entry.provisionedConcurrency ?? 0) : replicaCount;
  if (entry["snapStart"] === true) {
    throw new LambentError(
      `functions.${key}.snapStart is true: Lambda has no SnapStart for Node.js: leave it out, and give the actor a replicaCount`,
    );
  }
  if (eventsOf(entry).some(([type]) => type === "cloudFront")) {
    throw new LambentError(
      `functions.${key}.events has cloudFront: Lambda@Edge takes no environment variables, which all functions of workflows have: write a function of its own`,
    );
  }
  if (entry.versionFunction === false) {
    throw new LambentError(
      `functions.${key}.versionFunction is false: state machines call an alias, which needs a version: leave it out`,
    );
  }
  if (entry.image !== undefined && Array.isArray(entry.layers) && entry.layers.length > 0) {
    throw new LambentError(
      `function ${key} has a container image and layers: Lambda gives an image none, build them in`,
    );
  }
  if (whenBusy !== "queue" && Number(reservedConcurrency) < provisionedConcurrency) {
    throw new LambentError(
      `functions.${key}.reservedConcurrency is ${reservedConcurrency}, and ${provisionedConcurrency} replicas are provisioned, which Lambda takes from what is reserved: ` +
        `make it ${2 * provisionedConcurrency} or more, since a deployment provisions the new version beside the old one, or leave it out`,
    );
  }
  if (whenBusy !== "queue" || provisionedConcurrency === 0) return;
  if (reservedConcurrency === undefined || reservedConcurrency < 2 * provisionedConcurrency) {
    throw new LambentError(
      `actor ${key}: whenBusy is "queue" with ${provisionedConcurrency} replicas, but functions.${key}.reservedConcurrency is ${reservedConcurrency}: ` +
        `make it ${2 * provisionedConcurrency} or more, since a deployment provisions the new version beside the old one, or set whenBusy to "spill"`,
    );
  }
}

/**
 * Check what the author wrote in `functions` under the key of an actor, or of the plain tasks.
 * @throws {LambentError} if that is a function with code of its own, if a variable's name is reserved, or if a variable
 * has the name of a secret
 */
export function checkWritten(
  { actor }: FunctionDescription,
  key: string,
  written: FunctionEntry,
  provider: Provider,
): void {
  const owner = actor === undefined ? "the function of the plain tasks" : `actor ${key}`;
  for (const field of ["handler", "image"] as const) {
    if (written[field] === undefined) continue;
    throw new LambentError(
      `functions.${key} has ${field === "image" ? "an" : "a"} ${field} of its own (${JSON.stringify(written[field])}), but ${owner} is deployed under this key: ` +
        `rename ${actor === undefined ? "yours" : "one of the two"}, or leave out ${field} to change the generated function's settings`,
    );
  }
  for (const [place, variables] of [
    [`${owner}: environment`, actor?.environment],
    [`${owner}: secrets`, actor?.secrets],
    [`functions.${key}.environment`, written.environment],
    ["provider.environment", provider.environment],
  ] as const) {
    const reserved = Object.keys(variables ?? {}).find((variable) => RESERVED_VARIABLES.has(variable));
    if (reserved === undefined) continue;
    throw new LambentError(`${place}.${reserved} is set by Lambda alone: choose another name`);
  }
  const secrets = Object.keys(actor?.secrets ?? {});
  if (secrets.length > 0 && actor?.containerImage !== undefined) {
    throw new LambentError(
      `${owner}: secrets are read by the generated bundle, which a containerImage replaces: read ${secrets.join(", ")} in the image, and leave out secrets`,
    );
  }
  for (const secret of secrets) {
    const where =
      written.environment?.[secret] !== undefined
        ? `functions.${key}.environment`
        : provider.environment?.[secret] !== undefined
          ? "provider.environment"
          : undefined;
    if (where === undefined) continue;
    throw new LambentError(
      `${owner}: ${where}.${secret} would take the place of its secret ${secret}: leave it out of one`,
    );
  }
}

/**
 * The major version of Node that a function runs on: by its own `runtime`, or by the provider's. Default: 24, as of a
 * container image, whose Node nobody knows here.
 * @throws {LambentError} if that is no Node runtime, or one for which Lambda accepts no code any more
 */
export function functionNode(
  { actor }: FunctionDescription,
  key: string,
  entry: FunctionEntry,
  provider: Provider,
): number {
  const runtime = entry.runtime ?? provider.runtime ?? `nodejs${DEFAULT_NODE}.x`;
  const version = Number(/^nodejs(\d+)\.x$/.exec(runtime)?.[1]);
  if (version >= OLDEST_NODE) return version;
  if (actor?.containerImage !== undefined) return DEFAULT_NODE;
  const own = `functions.${key}.runtime`;
  throw new LambentError(
    `${entry.runtime === undefined ? "provider.runtime" : own} is ${runtime}: workflows need Node ${OLDEST_NODE} or newer: ` +
      `write ${own}: nodejs${DEFAULT_NODE}.x`,
  );
}

/**
 * @param largest the sources that take the most bytes in the bundle, such as `node_modules/x/model.json (200000000
 * bytes)`
 * @throws {LambentError} if a function's code has more bytes than Lambda unzips
 */
export function checkCodeSize(key: string, tasks: readonly string[], bytes: number, largest: readonly string[]): void {
  if (bytes <= CODE_BYTES) return;
  throw new LambentError(
    `${key} (tasks ${tasks.join(", ")}): its package has ${bytes} bytes, Lambda takes ${CODE_BYTES}; the largest parts are ${largest.join(", ")}: ` +
      'make large files assets, which tasks download (`asset("models/…")`), or give the actor a containerImage',
  );
}
