import type { Account } from "../../infra/emulator/service/arns.ts";
import type { StepFunctions } from "../../infra/emulator/index.ts";
import { awsService } from "../../infra/emulator/aws/services.ts";
import type { FunctionFiles, FunctionFilesOptions } from "../../infra/run/function-files/function-files.ts";
import type { MachineFiles } from "../../infra/run/machine-files/machine-files.ts";

/** What `lambent emulator` serves of files. */
export interface GivenFiles {
  readonly parameters: ReadonlyMap<string, string>;
  readonly directory: string;
}

// What reads YAML and watches files is loaded where there are files: an emulator without has no use for the memory.

/** The state machines of definitions and templates; undefined if there are none. */
export async function machineFiles(
  patterns: readonly string[],
  states: StepFunctions,
  given: GivenFiles,
): Promise<MachineFiles | undefined> {
  if (patterns.length === 0) return undefined;
  const { MachineFiles } = await import("../../infra/run/machine-files/machine-files.ts");
  return new MachineFiles(states, { ...given, patterns, say });
}

/**
 * The functions of folders and templates; undefined if there are none.
 * @throws {LambentError} with a line for each that cannot be run as it is written
 */
export async function functionFiles(
  paths: readonly string[],
  account: Account,
  given: GivenFiles & Pick<FunctionFilesOptions, "environment" | "onLog">,
): Promise<FunctionFiles | undefined> {
  if (paths.length === 0) return undefined;
  const { FunctionFiles } = await import("../../infra/run/function-files/function-files.ts");
  return FunctionFiles.start({ ...given, ...account, paths, say });
}

/**
 * The variables by which clients of AWS in functions find its services: those of the emulator at `url`, and those that
 * Tasks call at the same endpoints.
 * @param endpoints by service, `*` for all others
 */
export function serviceVariables(
  url: string,
  token: string | undefined,
  endpoints: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    /^AWS_ENDPOINT_URL(_|$)/.test(name) && value ? [[name, value]] : [],
  );
  const given = Object.entries(endpoints).flatMap(([service, endpoint]): [string, string][] => {
    const name = service === "*" ? "AWS_ENDPOINT_URL" : awsService(service)?.variable;
    return name === undefined ? [] : [[name, endpoint]];
  });
  return {
    ...Object.fromEntries([...inherited, ...given]),
    AWS_ENDPOINT_URL_SFN: url,
    AWS_ENDPOINT_URL_LAMBDA: url,
    ...(token === undefined ? {} : { AWS_SESSION_TOKEN: token }),
  };
}

function say(line: string): void {
  console.log(line);
}
