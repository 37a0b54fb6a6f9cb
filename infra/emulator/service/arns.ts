import { ApiError } from "../errors.ts";

/** The account and region that the emulator plays. */
export interface Account {
  readonly region: string;
  readonly accountId: string;
}

const prefix = ({ region, accountId }: Account, kind: string): string =>
  `arn:aws:states:${region}:${accountId}:${kind}`;

export const stateMachineArn = (account: Account, name: string): string => `${prefix(account, "stateMachine")}:${name}`;

/** `id` is the UUID that an EXPRESS execution has besides its name. */
export function executionArn(account: Account, machine: string, name: string, id?: string): string {
  return id === undefined
    ? `${prefix(account, "execution")}:${machine}:${name}`
    : `${prefix(account, "express")}:${machine}:${name}:${id}`;
}

// What AWS refuses in names: white space, brackets, wildcards, special and control characters.
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

/** @throws {ApiError} `InvalidName` */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > 80 || FORBIDDEN.test(name))
    throw new ApiError("InvalidName", `Invalid Name: '${name}'`);
}

/** @throws {ApiError} `InvalidArn` */
export function checkArn(arn: string, kind: string): void {
  if (arn.startsWith("arn:") && arn.split(":")[5]?.startsWith(kind)) return;
  throw new ApiError(
    "InvalidArn",
    `Invalid Arn: 'Resource type not valid in this context: ${arn.split(":")[5] ?? arn}'`,
  );
}
