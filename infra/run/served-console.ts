import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import type { FunctionFacts } from "../check/function-facts.ts";
import type { Emulator } from "../emulator/index.ts";
import type { ReplicaPool } from "../emulator/replicas/replica-pool.ts";
import { AuthorNames } from "./author-names.ts";
import type { ConsoleSource } from "./console/source.ts";
import { functionTitles, type ServiceSettings } from "./served-functions.ts";

/** A service, as far as the console shows it. A reload changes what it has. */
interface ShownService {
  readonly emulator: Emulator;
  readonly pool: ReplicaPool;
  readonly stateMachines: ReadonlyMap<string, string>;
  readonly description: ServiceDescription;
  readonly functions: readonly FunctionFacts[];
}

/** What the console shows of a service, as it is at each time. */
export function consoleSource(served: ShownService, options: ServiceSettings): ConsoleSource {
  const { states } = served.emulator;
  const names = new WeakMap<GraphData, AuthorNames>();
  function workflowOf(stateMachineArn: string): GraphData | undefined {
    const [name] = [...served.stateMachines].find(([, arn]) => arn === stateMachineArn) ?? [];
    return served.description.workflows.find(({ workflow }) => workflow === name);
  }
  return {
    states,
    pool: served.pool,
    workflowOf,
    placeOf(stateMachineArn, where) {
      const graph = workflowOf(stateMachineArn);
      if (graph === undefined) return where;
      const known = names.get(graph) ?? new AuthorNames(graph);
      names.set(graph, known);
      return known.placeOf(where);
    },
    titleOf: (functionName) => functionTitles(served.description, options).get(functionName),
    functions: () => served.functions,
  };
}
