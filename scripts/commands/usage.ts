import type { Command } from "commander";

/** A command that is called as it cannot be called. The program then names the command's --help, and ends with 2. */
export class UsageError extends Error {}

/** @throws {UsageError} if it is not the name of a region, known or not */
export function readRegion(text: string): string {
  if (/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(text)) return text;
  throw new UsageError(`--region: not a region's name, such as eu-west-1: ${text}`);
}

/** @throws {UsageError} if it is not a whole number, 1 or more */
export function readPositive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${option}: not a positive integer: ${text}`);
}

/** @throws {UsageError} if it is no port's number */
export function readPort(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new UsageError(`--port: not a port number: ${text}`);
}

/**
 * `URL` or `SERVICE=URL`, beside those that were given before, by service; `*` is all others.
 * @throws {UsageError} if it is no URL, or there was one for the same
 */
export function readEndpoint(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, service = "*", url = text] = /^([\w -]+)=(.*)$/.exec(text) ?? [];
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`--endpoint-url: not a URL of http or https, as http://127.0.0.1:4566: ${text}`);
  if (before[service] === undefined) return { ...before, [service]: url };
  throw new UsageError(`--endpoint-url: given twice for ${service === "*" ? "all services" : service}: ${text}`);
}

/**
 * `NAME=VALUE`, beside those that were given before.
 * @throws {UsageError} if it has no name or no value, or there was one of the name
 */
export function readParameter(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new UsageError(`--parameter: not NAME=VALUE, as Stage=dev: ${text}`);
  if (!Object.hasOwn(before, name)) return { ...before, [name]: value };
  throw new UsageError(`--parameter: given twice for ${name}: ${text}`);
}

/** Reads a repeatable option: commander gives each reader what was read before. */
export function readAll(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/**
 * Refuse an option that would take the next one for its value, as in `--stage --json`.
 * @param args those of the program
 * @throws {UsageError} that names both
 */
export function refuseSwallowedOptions({ options }: Command, args: readonly string[]): void {
  const index = args.findIndex(
    (arg, at) => args[at + 1]?.startsWith("--") && options.some(({ long, required }) => required && long === arg),
  );
  if (index === -1) return;
  const [option, next] = args.slice(index);
  throw new UsageError(`${option}: its value is missing before ${next}; if that is its value, write ${option}=${next}`);
}

/** Examples at the end of a command's help: what is typed, and what it is for. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`).join("\n")}`;
}
