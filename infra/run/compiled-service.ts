import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { DEFINITION_BYTES } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { DirectoryStore } from "../../sdk/store/directory-store.ts";
import { compileWorkflow, type Definition } from "../compile/compile.ts";
import type { FunctionConfig } from "../emulator/replicas/replica-config.ts";
import type { Project } from "../project/load-project.ts";
import { partName, stateMachineName } from "../project/names.ts";
import { validateDefinition } from "../validate/validate.ts";
import { storeAssets } from "./local-assets.ts";
import { storageOf } from "./prepare.ts";
import type { ServeOptions } from "./serve-options.ts";
import { functionConfigs, storeDirectory, targetOf } from "./served-functions.ts";

/** A service that is bundled, compiled and checked: its sources have no error that could come up while it is served. */
export interface CompiledService {
  readonly functions: readonly FunctionConfig[];
  readonly machines: readonly StateMachine[];
  readonly description: ServiceDescription;
}

interface StateMachine {
  readonly workflow: string;
  /** Of a further one of a workflow whose graph is too large for one definition. */
  readonly part?: number;
  readonly name: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly definition: string;
}

/**
 * @throws {LambentError} if a workflow cannot be compiled, or Step Functions would refuse its definition
 */
export async function compiledService(project: Project, options: ServeOptions): Promise<CompiledService> {
  for (const warning of project.warnings) options.say(`warning: ${warning}`);
  const target = targetOf(project, options);
  const machines = project.description.workflows.flatMap((graph) => {
    const { definition, parts } = compileWorkflow(graph, target);
    const type = graph.options?.type ?? "STANDARD";
    const { workflow } = graph;
    const name = stateMachineName(options, graph);
    return [
      ...parts.map(({ part, definition: own }) =>
        checkedMachine({ workflow, part, name: partName(name, part), type }, own),
      ),
      checkedMachine({ workflow, name, type }, definition),
    ];
  });
  const store = new DirectoryStore(storeDirectory(options));
  await storeAssets(project.assets, store, storageOf(options), options.say);
  return { functions: functionConfigs(project, options), machines, description: project.description };
}

/** @throws {LambentError} if Step Functions would refuse the definition */
function checkedMachine(machine: Omit<StateMachine, "definition">, compiled: Definition): StateMachine {
  const { workflow, type } = machine;
  // The widest form that is short enough: people look at it in the console.
  const wide = JSON.stringify(compiled, null, 2);
  const definition = Buffer.byteLength(wide) > DEFINITION_BYTES ? JSON.stringify(compiled) : wide;
  const errors = validateDefinition(definition, type).filter(({ severity }) => severity === "ERROR");
  if (errors.length === 0) return { ...machine, definition };
  const messages = errors.map(({ message, location }) => `${message} (${location})`).join("; ");
  throw new LambentError(`workflow ${workflow} compiles to what Step Functions refuses: ${messages}`);
}
