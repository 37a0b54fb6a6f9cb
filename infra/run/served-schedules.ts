import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { schedulesOf, type Scheduled } from "../../sdk/graph/schedules.ts";
import type { Json } from "../../sdk/base/json.ts";
import { fields } from "../asl/states.ts";
import { launcherDefinition, launchInput } from "../compile/launcher.ts";
import type { Progress, StepFunctions } from "../emulator/index.ts";
import { launcherName, machinePrefix, stateMachineName } from "../project/names.ts";
import type { ServiceSettings } from "./served-functions.ts";
import { roleArn } from "./served-functions.ts";

/** A schedule of a workflow or a launch plan, and when it starts an execution next. */
export interface ServedSchedule {
  /** The launch plan's name, or the workflow's. */
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
  /** Milliseconds since the epoch; absent if it starts nothing any more, or is not enabled. */
  readonly next?: number;
}

/**
 * What starts a service's workflows by themselves, as it is deployed: the schedules, and for each plan with
 * `maxConcurrent` the state machine that counts and starts.
 */
export class ServedSchedules {
  readonly #states: StepFunctions;
  readonly #settings: ServiceSettings;
  readonly #areOn: boolean;
  readonly #say: (line: string) => void;
  /** By name, the ARNs of the state machines that launch. */
  readonly #launchers = new Map<string, string>();
  #names: readonly string[] = [];

  /** @param areOn whether the schedules start anything */
  constructor(states: StepFunctions, settings: ServiceSettings, areOn: boolean, say: (line: string) => void) {
    this.#states = states;
    this.#settings = settings;
    this.#areOn = areOn;
    this.#say = say;
  }

  /**
   * Make schedules and launchers those of `description`. One that has not changed goes on: `rate(…)` counts from when it
   * was made.
   * @param machines the ARNs by workflow
   */
  deploy({ workflows }: ServiceDescription, machines: ReadonlyMap<string, string>): ServedSchedule[] {
    const all = workflows.flatMap((graph) => schedulesOf(graph).map((plan) => ({ graph, plan })));
    const names = all.map(({ plan }) => this.#nameOf(plan));
    for (const name of this.#names) if (!names.includes(name)) this.#states.scheduler.remove(name);
    const launched = all.filter(({ plan }) => plan.maxConcurrent !== undefined);
    for (const [name, stateMachineArn] of this.#launchers) {
      if (launched.some(({ plan }) => launcherName(this.#settings, plan.name) === name)) continue;
      this.#states.deleteStateMachine({ stateMachineArn });
      this.#launchers.delete(name);
    }
    for (const { graph, plan } of launched) this.#deployLauncher(graph, plan);
    this.#names = names;
    return all.map(({ graph, plan }) => this.#put(plan, machines.get(graph.workflow) ?? ""));
  }

  /**
   * Whether an execution is one that only launches another. That it has launched none is told.
   * @param event of any execution
   */
  launches(event: Progress): boolean {
    const { arn, stateMachineArn } = event.execution;
    if (![...this.#launchers.values()].includes(stateMachineArn)) return false;
    if (event.type === "execution-ended" && event.status === "SUCCEEDED") this.#tellSkipped(arn);
    return true;
  }

  #tellSkipped(executionArn: string): void {
    const { output = "null" } = this.#states.describeExecution({ executionArn });
    const { launched, why } = fields(JSON.parse(output) as Json);
    const machine = executionArn.split(":")[6] ?? "";
    const plan = machine.slice(machinePrefix(this.#settings).length).replace(/-launcher$/, "");
    if (launched === false) this.#say(`launch plan ${plan} starts nothing: ${String(why)}`);
  }

  #deployLauncher(graph: GraphData, plan: Scheduled): void {
    const name = launcherName(this.#settings, plan.name);
    const definition = JSON.stringify(launcherDefinition(plan, stateMachineName(this.#settings, graph)));
    const stateMachineArn = this.#launchers.get(name);
    if (stateMachineArn !== undefined) {
      this.#states.updateStateMachine({ stateMachineArn, definition });
      return;
    }
    const created = this.#states.createStateMachine({ name, definition, roleArn: roleArn(this.#settings) });
    this.#launchers.set(name, created.stateMachineArn);
  }

  #put(plan: Scheduled, machine: string): ServedSchedule {
    const { name, expression, timezone = "UTC", enabled, maxConcurrent, input } = plan;
    const told = { name, expression, timezone };
    const isLaunched = maxConcurrent !== undefined;
    const Arn = isLaunched ? (this.#launchers.get(launcherName(this.#settings, name)) ?? "") : machine;
    try {
      const next = this.#states.scheduler.put({
        Name: this.#nameOf(plan),
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: timezone,
        FlexibleTimeWindow: { Mode: "OFF" },
        State: this.#areOn && enabled !== false ? "ENABLED" : "DISABLED",
        Target: {
          Arn,
          RoleArn: roleArn(this.#settings),
          Input: isLaunched ? launchInput(plan) : JSON.stringify(input),
        },
      });
      return next === undefined ? told : { ...told, next };
    } catch (error) {
      this.#say(`the schedule of ${name} starts nothing: ${messageOf(error)}`);
      return told;
    }
  }

  #nameOf({ name, isOwn }: Scheduled): string {
    const { service, stage } = this.#settings;
    return `${service}-${stage}-${name}-${isOwn === true ? "workflow" : "plan"}`;
  }
}
