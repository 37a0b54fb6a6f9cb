import type { MapState, State, StateMachine, States } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { Diagnostic } from "../../validate/validate.ts";
import { S3_NOWHERE } from "../integrations/s3-access.ts";
import { parseResource } from "../interpreter/resource.ts";

/** What an emulator can run beyond the language itself. */
export interface Abilities {
  /** What performs an action of a Task. */
  find(action: string): unknown;
  /** Why nothing performs it, where there is more to say than that. */
  refusal(action: string): string | undefined;
  readonly hasS3: boolean;
  /** Test cases of the state machine may mock its Tasks. One that is reached unmocked fails then. */
  readonly isMocked: () => boolean;
}

/** What of a valid definition this emulator cannot run: told when the definition is created, not when it runs. */
export function unsupportedIn(definition: StateMachine, abilities: Abilities): readonly Diagnostic[] {
  return inBlock(definition, "", abilities);
}

function inBlock(block: States, at: string, abilities: Abilities): Diagnostic[] {
  return Object.entries(block.States).flatMap(([name, state]) => inState(state, `${at}/States/${name}`, abilities));
}

function inState(state: State, at: string, abilities: Abilities): Diagnostic[] {
  switch (state.Type) {
    case "Task":
      return inResource(state.Resource, `${at}/Resource`, abilities);
    case "Parallel":
      return state.Branches.flatMap((branch, index) => inBlock(branch, `${at}/Branches[${index}]`, abilities));
    case "Map":
      return inMap(state, at, abilities);
    default:
      return [];
  }
}

function inResource(arn: string, at: string, abilities: Abilities): Diagnostic[] {
  const resource = parseResource(arn);
  if (resource.kind !== "integration") return [];
  const { service, action, pattern } = resource;
  const key = `${service}:${action}${pattern === "" || pattern === "waitForTaskToken" ? "" : `.${pattern}`}`;
  if (abilities.find(key) !== undefined || abilities.isMocked()) return [];
  if (service === "aws-sdk:s3" && !abilities.hasS3) return [notEmulated(`${arn}: ${S3_NOWHERE}`, at)];
  const why = abilities.refusal(key) ?? "nothing in this emulator performs it";
  return [
    notEmulated(
      `${arn}: ${why}; or register a handler as integrations["${key}"], by --integrations of the command line, or mock the state by --mock`,
      at,
    ),
  ];
}

function inMap(state: MapState, at: string, abilities: Abilities): Diagnostic[] {
  const found: Diagnostic[] = [];
  const type: Json | undefined = state.ItemReader?.ReaderConfig?.InputType;
  if (type === "PARQUET") {
    found.push(
      notEmulated(
        "Items in Parquet are not read by this emulator: use CSV, JSON or JSONL",
        `${at}/ItemReader/ReaderConfig/InputType`,
      ),
    );
  }
  for (const field of ["ItemReader", "ResultWriter"] as const) {
    // A ResultWriter without a Resource only says how results are written.
    if (state[field]?.Resource === undefined || abilities.hasS3) continue;
    found.push(notEmulated(`${field}: ${S3_NOWHERE}`, `${at}/${field}/Resource`));
  }
  const processor = state.ItemProcessor ?? state.Iterator;
  if (processor !== undefined) {
    const place = `${at}/${state.ItemProcessor === undefined ? "Iterator" : "ItemProcessor"}`;
    found.push(...inBlock(processor, place, abilities));
  }
  return found;
}

function notEmulated(message: string, location: string): Diagnostic {
  return { severity: "ERROR", code: "NOT_EMULATED", message, location };
}
