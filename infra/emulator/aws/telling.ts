import type { Json } from "../../../sdk/base/json.ts";

/** How answers are told to the state machine. */
export interface Telling {
  readonly time: (time: Date) => Json;
  /** A member's name. @param name as the service has it */
  readonly member: (name: string) => string;
}

/** As `aws-sdk:…` Tasks have answers: those of the SDK for Java. */
export const SDK_TELLING: Telling = { time: isoText, member: sdkMember };

/** As optimised integrations have them, of the former SDK for Java. */
export const FORMER_TELLING: Telling = { time: (time) => time.getTime(), member: upperFirst };

/**
 * A member's name as the SDK for Java has it, with a capital: leading capitals but the last become small, so that
 * `DBInstances` is `DbInstances`, `ARN` is `Arn`, and `BOOL` of DynamoDB is `Bool`.
 */
export function sdkMember(name: string): string {
  const [capitals = ""] = /^.[A-Z]*(?![a-z])/.exec(name) ?? [name.charAt(0)];
  const told = upperFirst(capitals.toLowerCase()) + name.slice(capitals.length);
  // `null` is a word of Java's own.
  return told === "Null" ? "Nul" : told;
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** As the AWS SDK for Java writes times: with milliseconds if there are any. */
export function isoText(time: Date): string {
  return time.toISOString().replace(".000Z", "Z");
}
