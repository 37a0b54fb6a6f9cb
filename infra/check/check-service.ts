import { ACCOUNT_CONCURRENCY, FUNCTION_NAME_CHARACTERS, UNRESERVED_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import { count, counted, type Finding, graded, unlessFact } from "./finding.ts";
import { actorsOf, type ActorFacts, type FunctionFacts } from "./function-facts.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** What is known of all of a service's functions and workflows together. */
export function checkService(
  functions: readonly FunctionFacts[],
  runs: readonly WorkflowRun[],
  accountConcurrency: number = ACCOUNT_CONCURRENCY,
): Finding[] {
  return [
    concurrencyFinding(functions, accountConcurrency),
    deploymentFinding(functions, accountConcurrency),
    { grade: "fact", subject: "functions", number: functions.length, says: functionsSay(functions) },
    ...actorsOf(functions).flatMap((actor) => sharedFinding(actor, runs)),
  ];
}

function functionsSay(functions: readonly FunctionFacts[]): string {
  const longest = functions.map(({ name }) => name).toSorted((left, right) => right.length - left.length)[0] ?? "";
  return `${counted(functions.length, "function")}; the longest name, ${longest}, has ${longest.length} of ${FUNCTION_NAME_CHARACTERS} characters`;
}

/** What the functions take of the account's concurrency while nothing runs: reserved, or provisioned of what is left. */
function concurrencyFinding(functions: readonly FunctionFacts[], account: number): Finding {
  const number = sum(functions, ({ reserved, replicas }) => Math.max(reserved ?? 0, replicas));
  const limit = Math.max(0, account - UNRESERVED_CONCURRENCY);
  const grade = graded(number, limit);
  const provisioned = sum(functions, ({ replicas }) => replicas);
  return {
    grade,
    subject: "account concurrency",
    number,
    limit,
    says:
      `${count(number)} of ${count(limit)}, reserved or provisioned; ${count(provisioned)} are replicas. An account has ${count(account)} in a region, ` +
      `of which ${count(Math.min(account, UNRESERVED_CONCURRENCY))} stay unreserved; what other services take is not known here`,
    ...unlessFact(grade, "have fewer replicas, or ask AWS for more and say so with --account-concurrency"),
  };
}

/** While a deployment moves the alias, the new version's replicas are there beside the old one's. */
function deploymentFinding(functions: readonly FunctionFacts[], account: number): Finding {
  const number = sum(functions, ({ reserved, replicas }) => Math.max(reserved ?? 0, 2 * replicas));
  const limit = Math.max(0, account - UNRESERVED_CONCURRENCY);
  const over = graded(number, limit);
  return {
    grade: over === "error" ? "warning" : over,
    subject: "deployment",
    number,
    limit,
    says: `${count(number)} of ${count(limit)} while a deployment has the replicas of both versions`,
    ...unlessFact(over, "have fewer replicas, or ask AWS for more and say so with --account-concurrency"),
  };
}

/** Several workflows that may run at the same time on one actor. */
function sharedFinding({ key, replicas }: ActorFacts, runs: readonly WorkflowRun[]): Finding[] {
  if (replicas === 0) return [];
  const calls = runs.flatMap((run) =>
    run
      .peaks()
      .filter(([actor]) => actor.key === key)
      .map(([, { calls: peak }]) => ({ workflow: run.graph.workflow, peak })),
  );
  if (calls.length < 2) return [];
  const number = sum(calls, ({ peak }) => peak);
  return [
    {
      grade: "fact",
      subject: "shared replicas",
      node: key,
      number,
      limit: replicas,
      says: `${calls.map(({ workflow, peak }) => `${workflow} ${count(peak)}`).join(", ")}: ${counted(number, "call")} at once if one run of each meets the others, on ${counted(replicas, "replica")}`,
    },
  ];
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
