import type { FunctionDescription, ServiceDescription } from "../../../sdk/authoring/service.ts";
import { allNodes } from "../../../sdk/graph/walk.ts";
import type { Statement } from "./framework.ts";
import { allow } from "./iam.ts";

/**
 * What a function may do whose tasks get tokens: send heartbeats, and answer. Of a token no resource is named; who has
 * one may use it.
 */
export function tokenStatements({ actor }: FunctionDescription, { workflows }: ServiceDescription): Statement[] {
  const getsTokens = workflows
    .flatMap(allNodes)
    .some((node) => node.kind === "task" && node.answer !== undefined && node.address.actor === actor?.name);
  if (!getsTokens) return [];
  return [allow(["states:SendTaskHeartbeat", "states:SendTaskSuccess", "states:SendTaskFailure"], ["*"])];
}
