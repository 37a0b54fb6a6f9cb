import { evaluationError } from "./evaluation-error.ts";
import { mayBePart } from "../../project/names.ts";
import { isPart } from "../../compile/part-machines.ts";
import { startedExecution } from "../../compile/start-states.ts";
import type { ChildHistory, ExecutionHistory, PartHistory, TimelineEvent } from "./history.ts";

/** The operations of Step Functions that a timeline is read by: those of the SDK's client, and the emulator's own. */
export interface HistoryApi {
  describeExecution(input: { executionArn: string }): Answer<{
    readonly name?: string | undefined;
    readonly status?: string | undefined;
    readonly stateMachineArn?: string | undefined;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }>;
  describeStateMachineForExecution(input: {
    executionArn: string;
  }): Answer<{ readonly definition?: string | undefined }>;
  getExecutionHistory(input: { executionArn: string; maxResults: number; nextToken?: string | undefined }): Answer<{
    readonly events?: readonly TimelineEvent[] | undefined;
    readonly nextToken?: string | undefined;
  }>;
  listMapRuns(input: { executionArn: string; maxResults: number; nextToken?: string | undefined }): Answer<{
    readonly mapRuns?: readonly { readonly mapRunArn?: string | undefined }[] | undefined;
    readonly nextToken?: string | undefined;
  }>;
  listExecutions(input: { mapRunArn: string; maxResults: number; nextToken?: string | undefined }): Answer<{
    readonly executions?: readonly ChildListing[] | undefined;
    readonly nextToken?: string | undefined;
  }>;
}

type Answer<T> = T | Promise<T>;

interface ChildListing {
  readonly executionArn?: string | undefined;
  readonly name?: string | undefined;
  readonly status?: string | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
}

/** What one answer may have at most. */
const PAGE = 1000;

/** Histories of child executions that are read at the same time: AWS answers some 20 such requests in a second. */
const AT_ONCE = 8;

export interface ReadOptions {
  /** What people call the state machine. Default: its name. */
  readonly machine?: string;
  /** Of so many child executions the histories are read; of the others the beginning and end. Default 1,000. */
  readonly children?: number;
}

/** Reads all that a timeline shows of an execution. Throws what the API throws. */
export async function readHistory(
  api: HistoryApi,
  executionArn: string,
  { machine, children: most = 1000 }: ReadOptions = {},
): Promise<ExecutionHistory> {
  const described = await api.describeExecution({ executionArn });
  const { name = "", status, stateMachineArn = "", error, cause } = described;
  const { definition } = await api.describeStateMachineForExecution({ executionArn });
  const events = await readEvents(api, executionArn);
  const failure = [error, evaluationError(cause) ?? cause]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
  return {
    machine: machine ?? workflowIn(definition) ?? stateMachineArn.split(":").at(-1) ?? name,
    name,
    arn: executionArn,
    status,
    ...(failure === "" ? {} : { failure }),
    definition,
    events,
    ...(await readWithin(api, executionArn, events, most)),
  };
}

/** What runs in executions of their own: parts of the workflow, with what these have, and child executions of maps. */
async function readWithin(
  api: HistoryApi,
  executionArn: string,
  events: readonly TimelineEvent[],
  most: number,
): Promise<Pick<ExecutionHistory, "children" | "parts">> {
  const own = await readChildren(api, executionArn, events, most);
  const parts: PartHistory[] = [];
  let children = own.children;
  for (const arn of events.flatMap(startedPart)) {
    const part = await readPart(api, arn);
    if (part === undefined) continue;
    const within = await readWithin(api, arn, part.events, most - (children?.length ?? 0));
    parts.push(part, ...(within.parts ?? []));
    if (within.children !== undefined) children = [...(children ?? []), ...within.children];
  }
  return { ...(children === undefined ? {} : { children }), ...(parts.length === 0 ? {} : { parts }) };
}

/** The execution that a Task has started, if it is called as one that runs a part: its definition tells whether it does. */
function startedPart({ type, taskSubmittedEventDetails: task }: TimelineEvent): string[] {
  const arn = type === "TaskSubmitted" ? startedExecution(task?.output ?? "") : undefined;
  return arn !== undefined && mayBePart(arn.split(":")[6] ?? "") ? [arn] : [];
}

async function readPart(api: HistoryApi, arn: string): Promise<PartHistory | undefined> {
  const { definition } = await api.describeStateMachineForExecution({ executionArn: arn });
  if (!isPart(definition ?? "")) return undefined;
  const machine = arn.split(":").slice(0, 7).join(":").replace(":execution:", ":stateMachine:");
  return { arn, stateMachineArn: machine, definition, events: await readEvents(api, arn) };
}

/** The workflow of a definition of Lambent's. */
function workflowIn(definition: string | undefined): string | undefined {
  return /"workflow ([^"\\]+), compiled by Lambent"/.exec(definition ?? "")?.[1];
}

async function readEvents(api: HistoryApi, executionArn: string): Promise<TimelineEvent[]> {
  return readPages(
    (nextToken) => api.getExecutionHistory({ executionArn, maxResults: PAGE, nextToken }),
    ({ events }) => events,
  );
}

async function readChildren(
  api: HistoryApi,
  executionArn: string,
  events: readonly TimelineEvent[],
  most: number,
): Promise<Pick<ExecutionHistory, "children">> {
  if (!events.some(({ type }) => type === "MapRunStarted")) return {};
  const mapRuns = await readPages(
    (nextToken) => api.listMapRuns({ executionArn, maxResults: PAGE, nextToken }),
    (page) => page.mapRuns,
  );
  const listed: { readonly mapRunArn: string; readonly child: ChildListing }[] = [];
  for (const { mapRunArn = "" } of mapRuns) {
    const own = await readPages(
      (nextToken) => api.listExecutions({ mapRunArn, maxResults: PAGE, nextToken }),
      ({ executions }) => executions,
    );
    listed.push(...own.map((child) => ({ mapRunArn, child })));
  }
  const queue = listed.entries(); // shared: each worker takes the next child from it
  const children: ChildHistory[] = [];
  async function work(): Promise<void> {
    for (const [index, { mapRunArn, child }] of queue)
      children[index] = await readChild(api, mapRunArn, child, index < most);
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { children };
}

async function readChild(
  api: HistoryApi,
  mapRunArn: string,
  { executionArn = "", name = "", status = "RUNNING", startDate = new Date(0), stopDate }: ChildListing,
  isRead: boolean,
): Promise<ChildHistory> {
  const child = {
    mapRunArn,
    name,
    status,
    startedAt: startDate,
    ...(stopDate === undefined ? {} : { endedAt: stopDate }),
  };
  // The ARN of an EXPRESS execution says so.
  if (!isRead || executionArn.split(":")[5] === "express") return child;
  return { ...child, events: await readEvents(api, executionArn) };
}

/** What all pages of an answer list. */
async function readPages<Page extends { readonly nextToken?: string | undefined }, T>(
  read: (nextToken: string | undefined) => Answer<Page>,
  listed: (page: Page) => readonly T[] | undefined,
): Promise<T[]> {
  const all: T[] = [];
  let nextToken: string | undefined;
  do {
    const page = await read(nextToken);
    for (const one of listed(page) ?? []) all.push(one);
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  return all;
}
