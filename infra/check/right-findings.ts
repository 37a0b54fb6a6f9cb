import type { AwsCallNode, GraphData } from "../../sdk/graph/graph.ts";
import { allNodes } from "../../sdk/graph/walk.ts";
import { rightsOf } from "../rights/rights.ts";
import type { Finding } from "./finding.ts";

/** Calls of AWS that the state machine's role allows on everything, and those whose rights nobody has named. */
export function rightFindings(graph: GraphData): Finding[] {
  const calls = allNodes(graph).filter((node) => node.kind === "awsCall");
  return calls.flatMap(findingsOf);
}

function findingsOf(node: AwsCallNode): Finding[] {
  const { isOnAll, unknown, statements } = rightsOf(node);
  const about = { subject: "rights", node: node.name } as const;
  if (unknown !== undefined) {
    return [
      {
        ...about,
        grade: "error",
        number: 0,
        says: `what a role needs beside for ${unknown} of ${node.action} is not known`,
        remedy: `name all of it: awsCall("${node.action}", {…}, { permissions: [{ actions: ["…"], resources: ["arn:…"] }] })`,
      },
    ];
  }
  if (!isOnAll) return [];
  const actions = statements.flatMap((one) => one.actions).join(", ");
  return [
    {
      ...about,
      grade: "warning",
      number: statements.length,
      says: `its role may ${actions} on all resources ("*"), since its arguments name none`,
      remedy: `awsCall("${node.action}", {…}, { resource: "arn:…" }), or { resource: "*" } where AWS knows no other`,
    },
  ];
}
