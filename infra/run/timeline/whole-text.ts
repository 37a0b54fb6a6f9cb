import type { Json } from "../../../sdk/base/json.ts";
import { fields } from "../../asl/states.ts";
import { wholeDefinition } from "../../compile/whole-definition.ts";

/** A definition, as text, with those of the parts that it starts. */
export function wholeText(
  definition: string,
  parts: readonly { readonly stateMachineArn: string; readonly definition?: string | undefined }[],
): string {
  const byArn = new Map(parts.map((part) => [part.stateMachineArn, part.definition]));
  if (byArn.size === 0) return definition;
  function partOf(arn: string): ReturnType<typeof parsed> | undefined {
    const text = byArn.get(arn);
    return text === undefined ? undefined : parsed(text);
  }
  return JSON.stringify(wholeDefinition(parsed(definition), partOf));
}

function parsed(text: string): ReturnType<typeof fields> {
  return fields(JSON.parse(text) as Json); // a definition that an execution has run
}
