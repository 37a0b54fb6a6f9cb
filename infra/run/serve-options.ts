import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import type { FunctionFacts } from "../check/function-facts.ts";
import type { AccessOptions, Emulator, EmulatorOptions, Functions } from "../emulator/index.ts";
import type { EndpointOptions } from "../emulator/aws/endpoints.ts";
import type { ReplicaPool, ReplicaPoolOptions } from "../emulator/replicas/replica-pool.ts";
import type { ServedSchedule } from "./served-schedules.ts";
import type { ServiceSettings } from "./served-functions.ts";

export interface ServeOptions extends ServiceSettings {
  /** Default 8083; 0 is any free port. */
  readonly port?: number;
  /** Who may reach the emulator, and what its Tasks may reach. */
  readonly access?: AccessOptions & EndpointOptions & Pick<EmulatorOptions, "connections">;
  /** What people call who serves it, as `serverless offline`. */
  readonly servedBy?: string;
  /** Reload when a source file changes. Default: false. */
  readonly watch?: boolean;
  /** Prints a line for the user. */
  readonly say: (line: string) => void;
  readonly onLog?: ReplicaPoolOptions["onLog"];
  /** Functions that are not of these modules: their Tasks go there. */
  readonly otherFunctions?: Functions;
  readonly onProgress?: EmulatorOptions["onProgress"];
  /** As `EmulatorOptions.integrations`: what Tasks call beside what the emulator has. */
  readonly integrations?: EmulatorOptions["integrations"];
  /** Whether the schedules of workflows and launch plans start anything. Default: false. */
  readonly schedules?: boolean;
  /** As `EmulatorOptions.keep`. */
  readonly keep?: number;
  /** As `EmulatorOptions.keepBytes`. */
  readonly keepBytes?: number;
  /** Called when the service is there, before the first request is answered. */
  readonly beforeOpening?: (served: Served) => void;
}

/** A service that runs on this machine. */
export interface Served {
  readonly url: string;
  readonly emulator: Emulator;
  readonly pool: ReplicaPool;
  /** The ARNs by workflow. */
  readonly stateMachines: ReadonlyMap<string, string>;
  /** The schedules of `description`, those that start nothing included. */
  readonly schedules: readonly ServedSchedule[];
  /** The functions and workflows that are served now. */
  readonly description: ServiceDescription;
  /** The functions of `description` as they would be deployed, by which it is told what an execution would cost there. */
  readonly functions: readonly FunctionFacts[];
  /**
   * Load the sources again. If they have an error, it is printed, and the last good version keeps being served. An
   * execution that runs goes on with the version that it began with.
   * @param file that has changed, absolute; without it, everything may have changed
   */
  reload(file?: string): Promise<void>;
  close(): Promise<void>;
}
