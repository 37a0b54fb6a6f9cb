import type { Json } from "../base/json.ts";
import type { OptimisedAction } from "../base/integrations.ts";
import type { AwsClients } from "./aws-clients.ts";

// How the commands of AWS SDK clients are typed as Step Functions takes and gives them: the names of fields begin with
// capital letters, times are texts, and so are bytes. The keys of maps, such as an item's attributes, stay as they are.
// Those of AWS SDK integrations are the names of the SDK for Java: `DbInstances`, where the service has `DBInstances`.

/** Services whose optimised integrations have another name than their clients. */
interface Renamed {
  readonly states: "sfn";
  readonly events: "eventbridge";
  readonly elasticmapreduce: "emr";
  readonly "emr-containers": "emrcontainers";
  readonly "emr-serverless": "emrserverless";
}

/** The action without `aws-sdk:` before it, and `.sync` or `.waitForTaskToken` after it. */
type Plain<A extends string> = A extends `aws-sdk:${infer Rest}`
  ? Plain<Rest>
  : A extends `${infer P}.${string}`
    ? P
    : A;

type ClientOf<S extends string> = S extends keyof Renamed ? Renamed[S] : S;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The class of the command; `unknown` where the client is not installed, `never` where it has no such command. */
type Command<A extends string> =
  Plain<A> extends `${infer S}:${infer Action}`
    ? ClientOf<S> extends keyof AwsClients
      ? IsAny<AwsClients[ClientOf<S>]> extends true
        ? unknown
        : `${Capitalize<Action>}Command` extends keyof AwsClients[ClientOf<S>]
          ? AwsClients[ClientOf<S>][`${Capitalize<Action>}Command`]
          : never
      : unknown
    : unknown;

/** What a call's action is beside a text: nothing more, if there may be such a command. */
export type Known<A extends string> = [Command<A>] extends [never]
  ? { readonly "its client has no such command": A }
  : unknown;

interface CommandClass<I, O> {
  new (...args: never[]): {
    readonly input: I;
    resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: O }>;
  };
}

/** What the optimised integrations of some services make a JSON text of. */
type JsonFields<A extends string> = A extends
  | `sqs:${string}`
  | `sns:${string}`
  | `events:${string}`
  | `lambda:${string}`
  | `states:${string}`
  ? "MessageBody" | "Message" | "Detail" | "Payload" | "Input"
  : never;

/**
 * What {@link awsCall} takes for an action: the input of its command, as Step Functions takes it. Where the service's
 * AWS SDK client is not installed: any JSON.
 * @example
 * const parameters: AwsParameters<"s3:getObject"> = { Bucket: "data", Key: "a.json" };
 */
export type AwsParameters<A extends string> =
  Command<A> extends CommandClass<infer I, unknown>
    ? Sent<NonNullable<I>, Naming<A>, JsonFields<A>>
    : { readonly [name: string]: Json };

/**
 * What {@link awsCall} gives for an action: the output of its command, as Step Functions gives it. What a service may
 * leave out is typed as if it were there; a field that is missing is null. Where the service's client is not installed:
 * any JSON.
 * @example
 * const answer: AwsAnswer<"s3:headBucket">["BucketRegion"] = "eu-central-1";
 */
export type AwsAnswer<A extends string> =
  Command<A> extends CommandClass<unknown, infer O>
    ? Received<Omit<O, "$metadata">, Naming<A>, JsonFields<A>>
    : { readonly [name: string]: Json };

type Bytes =
  | { readonly byteLength: number }
  | { readonly arrayBuffer: unknown }
  | { readonly getReader: unknown }
  | { readonly pipe: unknown }
  | { readonly transformToString: unknown };

/** How the members of an action are named: as the service has them, or as the SDK for Java. */
type Naming<A extends string> = A extends `aws-sdk:${string}`
  ? "java"
  : Plain<A> extends OptimisedAction
    ? "service"
    : "java";

type Field<K, N> = K extends string
  ? string extends K
    ? K
    : K extends `$${string}`
      ? never
      : N extends "java"
        ? JavaName<K>
        : Capitalize<K>
  : never;

type Capital =
  | ("A" | "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M")
  | ("N" | "O" | "P" | "Q" | "R" | "S" | "T" | "U" | "V" | "W" | "X" | "Y" | "Z");

/** `Arn` of `ARN`, `DbInstances` of `DBInstances`; `null` is a word of Java's own. */
type JavaName<K extends string> = K extends "NULL"
  ? "Nul"
  : K extends `${infer First}${infer Rest}`
    ? `${Capitalize<First>}${Lowered<Rest>}`
    : K;

/** Capitals at the beginning become small, but for one that a small letter follows. */
type Lowered<K extends string> = K extends `${infer First extends Capital}${infer Rest}`
  ? Rest extends `${Lowercase<Capital>}${string}`
    ? K
    : `${Lowercase<First>}${Lowered<Rest>}`
  : K;

/**
 * @typeParam N how its members are named
 * @typeParam J names of fields that may be any JSON
 */
type Sent<T, N, J> = T extends string | number | boolean | null | undefined
  ? T
  : T extends bigint
    ? number
    : T extends Date | Bytes
      ? string
      : T extends readonly (infer E)[]
        ? readonly Sent<E, N, J>[]
        : { readonly [K in keyof T as Field<K, N>]: Field<K, N> extends J ? Json : Sent<T[K], N, J> };

type Received<T, N, J> = T extends string | number | boolean | null
  ? T
  : T extends bigint
    ? number
    : T extends Date | Bytes
      ? string
      : T extends readonly (infer E)[]
        ? Received<E, N, J>[]
        : {
            [K in keyof T as Field<K, N>]-?: "Payload" extends Field<K, N> & J
              ? Json
              : Received<NonNullable<T[K]>, N, J>;
          };
