import { NAME_CHARACTERS } from "../../../sdk/base/aws-limits.ts";
import { ApiError } from "../kernel/api-error.ts";

/** The account and region that the emulator plays. */
export interface Account {
  readonly region: string;
  readonly accountId: string;
}

/** Where nothing says another. */
export const DEFAULT_ACCOUNT: Account = { region: "us-east-1", accountId: "000000000000" };

export function arnOf({ region, accountId }: Account, kind: string, name: string): string {
  return `arn:aws:states:${region}:${accountId}:${kind}:${name}`;
}

export function stateMachineArn(account: Account, name: string): string {
  return arnOf(account, "stateMachine", name);
}

/** `id` is the UUID that an EXPRESS execution has besides its name. */
export function executionArn(account: Account, machine: string, name: string, id?: string): string {
  return id === undefined
    ? arnOf(account, "execution", `${machine}:${name}`)
    : arnOf(account, "express", `${machine}:${name}:${id}`);
}

// What AWS refuses in names: white space, brackets, wildcards, special and control characters.
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** @throws {ApiError} `InvalidName` */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > NAME_CHARACTERS || FORBIDDEN.test(name))
    throw new ApiError("InvalidName", `Invalid Name: '${name}'`);
}

/** What follows one of the kinds of resource in the ARN. @throws {ApiError} `InvalidArn` */
export function resourceOf(arn: string, ...kinds: readonly string[]): string {
  const [, resource, name] = /^arn:[^:]*:states:[^:]*:[^:]*:([^:]+):(.+)$/.exec(arn) ?? [];
  if (resource === undefined || name === undefined)
    throw new ApiError("InvalidArn", `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  if (kinds.includes(resource)) return name;
  throw new ApiError("InvalidArn", `Invalid Arn: 'Resource type not valid in this context: ${resource}'`);
}
