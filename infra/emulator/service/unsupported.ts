import type { MapState, State, StateMachine, States } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { Diagnostic } from "../../validate/validate.ts";
import { parseResource } from "../interpreter/resource.ts";

/** What of a valid definition this emulator cannot run: told when the definition is created, not when it runs. */
export function unsupportedIn(
  definition: StateMachine,
  hasHandler: (action: string) => boolean,
): readonly Diagnostic[] {
  return inBlock(definition, "", hasHandler);
}

function inBlock(block: States, at: string, hasHandler: (action: string) => boolean): Diagnostic[] {
  return Object.entries(block.States).flatMap(([name, state]) => inState(state, `${at}/States/${name}`, hasHandler));
}

function inState(state: State, at: string, hasHandler: (action: string) => boolean): Diagnostic[] {
  switch (state.Type) {
    case "Task":
      return inResource(state.Resource, `${at}/Resource`, hasHandler);
    case "Parallel":
      return state.Branches.flatMap((branch, index) => inBlock(branch, `${at}/Branches[${index}]`, hasHandler));
    case "Map":
      return inMap(state, at, hasHandler);
    default:
      return [];
  }
}

function inResource(arn: string, at: string, hasHandler: (action: string) => boolean): Diagnostic[] {
  const resource = parseResource(arn);
  if (resource.kind !== "integration") return [];
  const { service, action, pattern } = resource;
  const key = `${service}:${action}${pattern === "" || pattern === "waitForTaskToken" ? "" : `.${pattern}`}`;
  if (hasHandler(key)) return [];
  return [notEmulated(`${arn} has no handler in this emulator: register one as integrations["${key}"]`, at)];
}

function inMap(state: MapState, at: string, hasHandler: (action: string) => boolean): Diagnostic[] {
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
  const processor = state.ItemProcessor ?? state.Iterator;
  if (processor !== undefined) {
    const place = `${at}/${state.ItemProcessor === undefined ? "Iterator" : "ItemProcessor"}`;
    found.push(...inBlock(processor, place, hasHandler));
  }
  return found;
}

function notEmulated(message: string, location: string): Diagnostic {
  return { severity: "ERROR", code: "NOT_EMULATED", message, location };
}
