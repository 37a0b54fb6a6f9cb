import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError, type Routes } from "../../emulator/index.ts";
import { answerJson, answerJsonText, LONGEST_ANSWER, onlyBy, readJsonBody } from "./answers.ts";
import { readFailedNode } from "../timeline/failed-bar.ts";
import type { FailedNode, Replicas, StateMachines } from "./api.ts";
import { graphAnswer } from "./graph-answer.ts";
import { logs } from "./logs.ts";
import { act, cacheContents, replicas, REPLICA_ACTIONS } from "./replicas.ts";
import type { Shown } from "./shown.ts";
import { stateMachines } from "./state-machines.ts";
import { answerProblemOf, pendingTokens } from "./tokens.ts";

const PREFIX = "/console/api/";
const CACHES = /^replicas\/([^/]+)\/caches$/;
const ACTION = new RegExp(`^replicas/([^/]+)/(${REPLICA_ACTIONS.join("|")})$`);
/** So many executions one page follows. */
const MOST_FOLLOWED = 10;

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly shown: Shown;
}

/** What is asked for by GET, by its path. */
const ANSWERS: Readonly<Record<string, (asked: Asked) => unknown>> = {
  service: ({ shown }) => shown.service,
  "state-machines": ({ shown: { source } }): StateMachines => ({ stateMachines: stateMachines(source) }),
  graph: (asked) => graphAnswer(definitionOf(asked)),
  "failed-node": async ({ query, shown: { source } }): Promise<FailedNode> => {
    const execution = source.states.describeExecution({ executionArn: required(query, "executionArn") });
    const node = await readFailedNode(source.states, execution);
    return node === undefined ? {} : { node };
  },
  replicas: ({ shown: { service, source, totals } }): Replicas => ({
    functions: service.functions,
    replicas: replicas(source, totals),
  }),
  logs: ({ shown: { source, book, service }, query }) => logs(source, book, service.functions, query),
  tokens: ({ shown: { source } }) => pendingTokens(source),
};

/** Answers what the console's page asks beside AWS's API: see api.ts. */
export function consoleRoutes(shown: () => Shown | undefined): Routes {
  return async (request, response) => {
    const url = request.url ?? "";
    if (!url.startsWith(PREFIX)) return false;
    const { pathname, searchParams: query } = new URL(url, "http://localhost");
    const now = shown();
    if (now === undefined) throw new ApiError("ServiceUnavailable", "Nothing is served yet: try again", {}, 503);
    await answer(pathname.slice(PREFIX.length), { request, response, query, shown: now });
    return true;
  };
}

async function answer(path: string, asked: Asked): Promise<void> {
  const { request, response, query, shown } = asked;
  const make = Object.hasOwn(ANSWERS, path) ? ANSWERS[path] : undefined;
  if (make !== undefined) {
    onlyBy(request, "GET");
    answerJson(request, response, await make(asked));
    return;
  }
  if (path === "events") {
    onlyBy(request, "GET");
    shown.events.open(response, followed(query));
    return;
  }
  if (path === "timeline") {
    onlyBy(request, "GET");
    answerJsonText(request.method, response, await shown.timelines.of(required(query, "executionArn")));
    return;
  }
  const [, id] = CACHES.exec(path) ?? [];
  if (id !== undefined) {
    onlyBy(request, "GET");
    answerJson(request, response, await cacheContents(shown.source, id));
    return;
  }
  if (path === "answer-problem") {
    onlyBy(request, "POST");
    answerJson(request, response, await answerProblemOf(shown.source, await readJsonBody(request, LONGEST_ANSWER)));
    return;
  }
  const [, of, named] = ACTION.exec(path) ?? [];
  const action = REPLICA_ACTIONS.find((one) => one === named);
  if (of === undefined || action === undefined)
    throw new ApiError("ResourceNotFound", `The console has nothing at ${PREFIX}${path}`, {}, 404);
  onlyBy(request, "POST");
  await readJsonBody(request);
  const replica = act(shown.source, shown.totals, of, action);
  shown.events.replicaChanged(of);
  answerJson(request, response, replica);
}

/** The definition that an execution runs, or the one that a state machine has now. */
function definitionOf({ query, shown: { source } }: Asked): string {
  const { states } = source;
  const executionArn = query.get("executionArn");
  if (executionArn !== null) return states.describeStateMachineForExecution({ executionArn }).definition;
  return states.describeStateMachine({ stateMachineArn: required(query, "stateMachineArn") }).definition;
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value !== null && value !== "") return value;
  throw new ApiError("ValidationException", `The parameter ${name} is missing`);
}

function followed(query: URLSearchParams): ReadonlySet<string> {
  const arns = new Set(query.getAll("executionArn"));
  if (arns.size <= MOST_FOLLOWED) return arns;
  throw new ApiError("ValidationException", `executionArn is given ${arns.size} times: at most ${MOST_FOLLOWED}`);
}
