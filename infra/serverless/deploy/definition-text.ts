import { randomUUID } from "node:crypto";
import { functionNames } from "../../compile/affinity.ts";
import { isAwsCallState } from "../../compile/aws-call-state.ts";
import type { Definition } from "../../compile/compile.ts";
import { isReplicaMap } from "../../compile/replica-states.ts";
import { asksOfStarted, START, START_EXPRESS } from "../../compile/start-states.ts";
import { allStates, fields, list, type Fields } from "../../asl/states.ts";
import { BUCKET_ID } from "./bucket.ts";

/** The fields in which the compiler's placeholders are, of what {@link withPlaceholders} finds. */
const PLACES: ReadonlySet<string> = new Set(["FunctionName", "StateMachineArn", "ExecutionArn", "Arn", "RoleArn"]);

/**
 * The definition as `DefinitionString`, with the logical ids of what it refers to in it. CloudFormation would take each
 * `${…}` for a placeholder, so in an author's texts `$` is written as `\u0024`, which means the same in JSON.
 * @param bucketPlaceholder what stands for the bucket's name; absent if that is known
 */
export function definitionText(
  definition: Definition,
  bucketPlaceholder: string | undefined,
): { text: string; references: string[] } {
  const ours = withPlaceholders(definition as unknown as Fields);
  const marker = randomUUID(); // a text that the author cannot have written
  const marked = JSON.stringify(definition, function replacePlaceholder(this: unknown, field, value: unknown) {
    if (!PLACES.has(field) || !ours.has(this)) return value;
    if (typeof value !== "string") return value;
    if (field === "ExecutionArn") return value.replace(/\$\{(\w+)\}/, (_, id: string) => `${marker}${id};`);
    return functionNames(value).reduce((written, name) => {
      const [, id] = /^\$\{(\w+)\}$/.exec(name) ?? [];
      return id === undefined ? written : written.replace(name, () => `${marker}${id};`);
    }, value);
  });
  const references = new Set<string>();
  const escaped = marked.replaceAll("${", "\\u0024{");
  const text = escaped.replaceAll(new RegExp(`${marker}(\\w+);`, "g"), (_, id: string) => {
    references.add(id);
    return `\${${id}}`;
  });
  if (bucketPlaceholder === undefined || !text.includes(bucketPlaceholder)) {
    return { text, references: [...references].toSorted() };
  }
  return {
    text: text.replaceAll(bucketPlaceholder, `\${${BUCKET_ID}}`),
    references: [...references, BUCKET_ID].toSorted(),
  };
}

/** The objects of a definition that the compiler alone has written: what calls functions, starts and provisions them. */
function withPlaceholders(definition: Fields): ReadonlySet<unknown> {
  const found = new Set<unknown>();
  for (const [, state] of allStates(definition)) {
    if (isAwsCallState(state)) continue;
    const { Resource, Arguments, Items } = state;
    if (/^arn:aws:states:::lambda:invoke(?:\.waitForTaskToken)?$/.test(String(Resource))) found.add(Arguments);
    if (Resource === START || Resource === START_EXPRESS || asksOfStarted(state)) found.add(Arguments);
    if (String(Resource).startsWith("arn:aws:states:::aws-sdk:scheduler:")) found.add(fields(Arguments)["Target"]);
    if (isReplicaMap(state)) for (const item of list(Items)) found.add(item);
  }
  return found;
}
