import type { Stage } from "../../infra/compile/schedule.ts";

/** Names in their order, branches in brackets. */
export function print(stages: readonly Stage[]): string {
  return stages
    .map((stage) => (stage.kind === "node" ? stage.node.name : `[${stage.branches.map(print).join(" | ")}]`))
    .join(" ");
}

/** The numbers of nodes that are named `n0`, `n1` and so on. */
export function nodesOf(stages: readonly Stage[]): number[] {
  return stages.flatMap((stage) =>
    stage.kind === "node" ? [Number(stage.node.name.slice(1))] : stage.branches.flatMap(nodesOf),
  );
}
