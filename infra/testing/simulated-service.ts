import { replicaFunctions } from "../../sdk/authoring/service.ts";
import { type ActorDefinition, withStarted, type WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { ALIAS, PLAIN_TASKS, replicaName } from "../../sdk/base/function-names.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { storeBucket } from "../../sdk/store/store-bucket.ts";
import { compile, type Target } from "../compile/compile.ts";
import type { StepFunctions } from "../emulator/index.ts";
import { callerFiles } from "../project/caller-files.ts";
import { replicasHere, ROLE } from "../run/local-replicas.ts";
import { withRequiredFiles } from "../run/required-files.ts";
import type { SimulatedFunction } from "./simulated-lambda.ts";

/** A workflow as it is deployed: its functions, and the state machines that it needs. */
export interface SimulatedService {
  readonly functions: readonly SimulatedFunction[];
  /** Create the state machines. @returns the ARN of the workflow's own */
  deploy(states: StepFunctions): string;
}

/** @param graph the workflow's own, with what is known of the files that it is given */
export async function simulatedService(
  definition: WorkflowDefinition,
  graph: GraphData,
  buckets: readonly string[],
): Promise<SimulatedService> {
  const all = [...withStarted([definition])];
  const others = await Promise.all(all.slice(1).map((started) => withKnownFiles(started.graph)));
  const graphs = [graph, ...others];
  const actors = new Map(all.flatMap(({ tasks }) => [...tasks].map(({ actor }) => [actor?.name, actor] as const)));
  const functions = [...actors.values()].flatMap(functionsOf);
  const target: Target = {
    workflows: graphs,
    functionName: (actor, replica) => functionArn(replicaName(functionName(actor), replica)),
    stateMachineArn: machineArn,
    queues: (actor) => actors.get(actor)?.whenBusy === "queue",
    callerFiles: callerFiles({ bucket: storeBucket(), keyPrefix: "", functions: [], granted: buckets }),
  };
  const definitions = new Map<string, string>();
  return {
    functions,
    deploy(states) {
      const replicas = replicasHere(states, [...actors.values()], functionName);
      for (const one of graphs) {
        const known = definitions.get(one.workflow) ?? JSON.stringify(compile(one, { ...target, ...replicas }));
        definitions.set(one.workflow, known);
        states.createStateMachine({ name: one.workflow, definition: known, roleArn: ROLE });
      }
      return machineArn(graph.workflow);
    },
  };
}

/** A workflow that another one starts: what it is given is not known before. */
function withKnownFiles(graph: GraphData): Promise<GraphData> {
  return withRequiredFiles(graph, Object.fromEntries(graph.inputs.map(({ name }) => [name, ""])));
}

function functionsOf(actor: ActorDefinition | undefined): SimulatedFunction[] {
  const name = functionName(actor?.name);
  const described = replicaFunctions({ ...(actor === undefined ? {} : { actor }), tasks: [], exports: [] });
  return described.map(({ replica, actor: own }) => ({
    name: replicaName(name, replica),
    keyPrefix: name,
    actor,
    timeout: actor?.timeout ?? FUNCTION_SECONDS,
    replicaCount: replica === undefined ? (own?.replicaCount ?? 0) : 1,
    whenBusy: whenBusyOf(actor, replica),
  }));
}

/** As it is deployed: where a call has a choice of replicas, one that is busy says so, and the next one is asked. */
function whenBusyOf(actor: ActorDefinition | undefined, replica: number | undefined): SimulatedFunction["whenBusy"] {
  const { whenBusy = "spill", replicaCount = 0 } = actor ?? {};
  return whenBusy === "queue" && replica !== undefined && replicaCount > 1 ? "throttle" : whenBusy;
}

function functionName(actor: string | undefined): string {
  return actor === undefined ? PLAIN_TASKS : `actor-${actor}`;
}

function functionArn(name: string): string {
  return `arn:aws:lambda:us-east-1:000000000000:function:${name}:${ALIAS}`;
}

function machineArn(workflow: string): string {
  return `arn:aws:states:us-east-1:000000000000:stateMachine:${workflow}`;
}
