import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import { isOfMachine } from "./execution-logs.ts";
import { emulatedLine } from "./lambda-line.ts";
import type { LogLine, LogSource } from "./log-line.ts";

/** What `GET /console/api/logs` answers, as far as it is read here. */
interface Answer {
  readonly functions: { readonly where: "here" } | { readonly where: "elsewhere"; readonly why: string };
  readonly lines: readonly LogLine[];
  /** Of all lines so far, to be given as `after`. */
  readonly last: number;
  readonly forgotten: number;
}

export interface EmulatorLogOptions {
  readonly url: string;
  /** Of one execution. */
  readonly executionArn?: string | undefined;
  /** Of all executions of one state machine. */
  readonly stateMachineArn?: string | undefined;
  /** Is told, once, that some are no longer known. */
  readonly tell: (line: string) => void;
}

/** What an emulator has kept of what its replicas print. */
export function emulatorLogs({ url, executionArn, stateMachineArn, tell }: EmulatorLogOptions): LogSource {
  let after = 0;
  let isTold = false;
  return {
    every: 500,
    async next() {
      const answer = await ask(url, {
        after: String(after),
        ...(executionArn === undefined ? {} : { executionArn }),
      });
      if (answer.functions.where === "elsewhere")
        throw new LambentError(`the emulator at ${url} has no logs: ${answer.functions.why}`);
      if (answer.forgotten > 0 && !isTold) tell(`${answer.forgotten} older lines are forgotten at ${url}`);
      isTold ||= answer.forgotten > 0;
      after = answer.last;
      const lines = answer.lines.map(emulatedLine);
      if (stateMachineArn === undefined) return lines;
      return lines.filter(({ executionArn: of }) => of !== undefined && isOfMachine(of, stateMachineArn));
    },
    close: () => undefined,
  };
}

async function ask(url: string, query: Readonly<Record<string, string>>): Promise<Answer> {
  const token = process.env["AWS_SESSION_TOKEN"];
  let response: Response;
  try {
    response = await fetch(`${url}/console/api/logs?${new URLSearchParams(query)}`, {
      headers: token === undefined ? {} : { "x-amz-security-token": token },
    });
  } catch (error) {
    throw new LambentError(`nothing answers at ${url} any more: ${messageOf(error)}`, { cause: error });
  }
  if (response.ok) return (await response.json()) as Answer; // this package's own API
  const text = await response.text();
  if (response.status === 404 || response.status === 405)
    throw new LambentError(
      `${url} keeps no logs: it is no emulator of this version of Lambent. Its own terminal has them`,
    );
  throw new LambentError(`${url} does not tell its logs: ${response.status} ${messageIn(text)}`);
}

function messageIn(text: string): string {
  return /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? text.slice(0, 200);
}
