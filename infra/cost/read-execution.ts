import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListStateMachines,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import { measure, type Measured, together } from "./measured.ts";

/** An execution that was read, with its child executions. */
export interface ReadExecution {
  readonly arn: string;
  /** What its state machine is called. */
  readonly machine: string;
  readonly status: string;
  readonly measured: Measured;
  /** Executions that have no history, as those of type EXPRESS. */
  readonly unread: number;
}

/** Where an execution is. */
export interface ExecutionPlace {
  /** Absent: AWS, as the SDK finds it. */
  readonly endpoint?: string;
  readonly region: string;
  /** State machines among which an execution is looked for by its name. */
  readonly machines: readonly string[];
}

/**
 * Read what an execution took, from its history and those of its Map Runs.
 * @param named its ARN, or its name, or how that begins
 * @throws {LambentError} if there is none, or several
 */
export async function readExecution(
  named: string,
  { endpoint, region, machines }: ExecutionPlace,
): Promise<ReadExecution> {
  // Otherwise the SDK warns at each start that a later version of it will need a newer Node.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const client = new SFNClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(endpoint === undefined || process.env["AWS_ACCESS_KEY_ID"] !== undefined ? {} : { credentials: LOCAL }),
  });
  try {
    const arn = named.startsWith("arn:") ? named : await findExecution(client, named, machines);
    const { stateMachineArn = "", status = "" } = await client.send(
      new DescribeExecutionCommand({ executionArn: arn }),
    );
    const all = await withChildren(client, arn);
    return { arn, machine: nameIn(stateMachineArn), status, measured: together(all.measured), unread: all.unread };
  } catch (error) {
    if (error instanceof LambentError) throw error;
    const where = endpoint ?? `AWS in ${region}`;
    throw new LambentError(`--execution ${named}: ${where} says: ${messageOf(error) || "nothing answers there"}`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

/** Keys for an emulator, which takes any. */
const LOCAL = { accessKeyId: "local", secretAccessKey: "local" };

function nameIn(arn: string): string {
  return arn.split(":")[6] ?? arn;
}

async function findExecution(client: SFNClient, named: string, machines: readonly string[]): Promise<string> {
  const found: string[] = [];
  for await (const page of paginateListStateMachines({ client }, {})) {
    for (const { name = "", stateMachineArn, type } of page.stateMachines ?? []) {
      if (!machines.includes(name) || type === "EXPRESS") continue;
      for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn })) {
        found.push(
          ...executions.flatMap(({ name: own = "", executionArn = "" }) =>
            own.startsWith(named) ? [executionArn] : [],
          ),
        );
      }
    }
  }
  const [only, ...others] =
    found.filter((arn) => arn.endsWith(`:${named}`)).length === 1
      ? found.filter((arn) => arn.endsWith(`:${named}`))
      : found;
  if (only === undefined) {
    throw new LambentError(`--execution ${named}: no execution of ${machines.join(", ")} is called so: give its ARN`);
  }
  if (others.length > 0)
    throw new LambentError(
      `--execution ${named}: ${found.length} executions begin so: give the ARN of one: ${found.slice(0, 5).join(", ")}`,
    );
  return only;
}

interface Histories {
  readonly measured: readonly Measured[];
  readonly unread: number;
}

async function withChildren(client: SFNClient, arn: string): Promise<Histories> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn: arn, maxResults: 1000 }))
    events.push(...(page.events ?? []));
  const measured = [measure(events)];
  let unread = 0;
  for (const { mapRunStartedEventDetails: details } of events) {
    if (details?.mapRunArn === undefined) continue;
    const children = await childrenOf(client, details.mapRunArn);
    for (const child of children.arns) {
      const inner = await withChildren(client, child);
      measured.push(...inner.measured);
      unread += inner.unread;
    }
    unread += children.unread;
  }
  return { measured, unread };
}

/** The child executions of a Map Run. Of those of type EXPRESS, which have no history, only the number is known. */
async function childrenOf(
  client: SFNClient,
  mapRunArn: string,
): Promise<{ readonly arns: string[]; readonly unread: number }> {
  const arns: string[] = [];
  try {
    for await (const { executions = [] } of paginateListExecutions({ client }, { mapRunArn }))
      arns.push(...executions.flatMap(({ executionArn }) => executionArn ?? []));
    return {
      arns: arns.filter((arn) => !arn.includes(":express:")),
      unread: arns.filter((arn) => arn.includes(":express:")).length,
    };
  } catch {
    const { executionCounts } = await client.send(new DescribeMapRunCommand({ mapRunArn }));
    return { arns: [], unread: executionCounts?.total ?? 0 };
  }
}
