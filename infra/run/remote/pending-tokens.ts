import { LambentError } from "../../../sdk/base/errors.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { Nodes } from "../timeline/nodes.ts";
import { isCompiled } from "../timeline/outline.ts";
import { readHistory } from "../timeline/read.ts";
import { type Visit, visitsOf } from "../timeline/visits.ts";
import { mapsIn } from "./maps-in.ts";
import { sdkHistoryApi } from "./sdk-history.ts";
import type { Server } from "./server.ts";

/** A task that waits until somebody sends its token. */
export interface PendingToken {
  /** The author's node, in a map with its item: `approve`, `approve[3]`. */
  readonly node: string;
  readonly state: string;
  readonly since: Date;
  /** What in its call may be the token, the likeliest first: AWS tells of the call, and not where the token is in it. */
  readonly tokens: readonly string[];
}

/** The tasks of an execution, of its parts and of its child executions, that wait for their token, by what their calls carried. */
export async function pendingTokens({ client }: Server, executionArn: string): Promise<PendingToken[]> {
  const history = await readHistory(sdkHistoryApi(client), executionArn);
  if (history.status !== "RUNNING") return [];
  const isLambent = isCompiled(history.definition ?? "");
  const { parts = [] } = history;
  const definitions = [history, ...parts].map(({ definition = "" }) => definition);
  const nodes = new Nodes(definitions.flatMap(mapsIn), isLambent);
  const running = (history.children ?? []).filter(({ status }) => status === "RUNNING");
  const own = [history, ...parts].map(({ events }) => events);
  return [...own, ...running.map(({ events = [] }) => events)].flatMap((events) => {
    return visitsOf(events).flatMap((visit) => pendingIn(visit, nodes));
  });
}

function pendingIn(visit: Visit, nodes: Nodes): PendingToken[] {
  const attempt = visit.attempts.at(-1);
  if (attempt?.waitsForToken !== true || attempt.outcome !== "running") return [];
  if (visit.exitedAt !== undefined || visit.stoppedAt !== undefined) return [];
  const since = new Date(attempt.scheduledAt);
  return [{ node: nodes.label(visit), state: visit.state, since, tokens: tokensIn(attempt.parameters) }];
}

/** A token is a long text in base64, or a part of a text, as of a link. */
const TOKEN = /(?:[A-Za-z\d+/]|%2[BbFf]){100,}(?:=|%3[Dd]){0,2}/g;

function tokensIn(parameters: string | undefined): string[] {
  let value: unknown;
  try {
    value = JSON.parse(parameters ?? "null");
  } catch {
    value = parameters; // AWS has cut it
  }
  const found = textsIn(value, "").flatMap(({ name, text }) =>
    [...text.matchAll(TOKEN)].map(([token]) => ({ isNamed: /token/i.test(name), token: decodeURIComponent(token) })),
  );
  const likeliest = found.toSorted((one, other) => Number(other.isNamed) - Number(one.isNamed));
  return [...new Set(likeliest.map(({ token }) => token))];
}

function textsIn(value: unknown, name: string): { readonly name: string; readonly text: string }[] {
  if (typeof value === "string") return [{ name, text: value }];
  if (Array.isArray(value)) return value.flatMap((element) => textsIn(element, name));
  return isObject(value) ? Object.entries(value).flatMap(([key, field]) => textsIn(field, key)) : [];
}

/**
 * The one that is meant.
 * @param node as `approve` or `approve[3]`; without it there has to be one alone
 * @throws {LambentError} that tells which wait
 */
export function choosePending(
  pending: readonly PendingToken[],
  node: string | undefined,
  execution: string,
): PendingToken {
  const meant =
    node === undefined
      ? pending
      : pending.filter((one) => [one.node, one.state, one.node.replace(/\[.*$/, "")].includes(node));
  const [only, ...others] = meant;
  const names = (meant.length > 0 ? meant : pending).map((one) => one.node).join(", ");
  if (only === undefined) {
    const what = node === undefined ? "no task" : `no task ${node}`;
    throw new LambentError(
      `${what} of ${execution} waits for its token${names === "" ? "" : `; those that do: ${names}`}`,
    );
  }
  if (others.length > 0)
    throw new LambentError(
      `${meant.length} tasks of ${execution} wait for their tokens: name one with --node: ${names}`,
    );
  return only;
}
