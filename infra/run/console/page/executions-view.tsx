import type { JSX } from "preact";
import { ExecutionLines, type Line, StatusFilter } from "./executions-list.tsx";
import { live } from "./live.ts";
import { useMachines } from "./machines.ts";
import { Empty, Title } from "./parts.tsx";
import { go, linkTo, useTitle } from "./routes.ts";
import { useStore } from "./store.ts";

/** The latest executions of all state machines, as they come. */
export function ExecutionsView({ status }: { readonly status: string }): JSX.Element {
  useTitle("Executions");
  const all = useLatest();
  const lines = all.filter((one) => status === "" || one.status === status);
  return (
    <>
      <Title of="executions">Executions</Title>
      <p class="hint">The latest of all state machines. A state machine's own page has all of its executions.</p>
      <StatusFilter
        status={status}
        choose={(one) => go(linkTo("executions", undefined, one === "" ? {} : { status: one }))}
      />
      {lines.length === 0 ? (
        <Empty>
          {all.length === 0 ? (
            <>
              No execution yet. Start one from its <a href={linkTo("state-machines")}>state machine</a>.
            </>
          ) : (
            "None of the latest executions has this status."
          )}
        </Empty>
      ) : (
        <ExecutionLines lines={lines} label="Executions" />
      )}
    </>
  );
}

/** The latest executions that people have started, the newest first. */
export function useLatest(): readonly Line[] {
  const executions = useStore(live, (now) => now.executions);
  const { value: machines = [] } = useMachines();
  const known = new Map(machines.map((machine) => [machine.stateMachineArn, machine]));
  return [...executions.values()]
    .filter(({ stateMachineArn }) => known.get(stateMachineArn)?.isInternal !== true)
    .toSorted((one, other) => other.startDate - one.startDate)
    .map(({ executionArn, name, stateMachineArn, startDate, stopDate, status }) => ({
      executionArn,
      name,
      status,
      from: startDate,
      to: stopDate,
      machine: known.get(stateMachineArn)?.title ?? stateMachineArn.split(":").at(-1) ?? "",
    }));
}
