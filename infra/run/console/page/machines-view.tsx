import type { JSX } from "preact";
import type { Execution, StateMachine } from "../api.ts";
import { ExecutionLines } from "./executions-list.tsx";
import { useLatest } from "./executions-view.tsx";
import { live } from "./live.ts";
import { useMachines } from "./machines.ts";
import { Duration, Empty, Moment, Problem, StatusBadge, Title, Waiting } from "./parts.tsx";
import { linkTo, useTitle } from "./routes.ts";
import { useStore } from "./store.ts";

export function MachinesView(): JSX.Element {
  useTitle("State machines");
  const { value: machines, error, reload } = useMachines();
  const executions = useStore(live, (now) => now.executions);
  return (
    <>
      <Title of="state-machines">State machines</Title>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {machines === undefined ? (
        error === undefined ? (
          <Waiting what="state machines" />
        ) : null
      ) : (
        <Machines machines={machines} executions={[...executions.values()]} />
      )}
      <Latest />
    </>
  );
}

/** So many of the latest executions are here; the others are in their own view. */
const LATEST = 8;

function Latest(): JSX.Element | null {
  const all = useLatest();
  if (all.length === 0) return null;
  return (
    <section class="latest" aria-labelledby="latest-title">
      <h2 id="latest-title">Latest executions</h2>
      <ExecutionLines lines={all.slice(0, LATEST)} label="Latest executions" />
      {all.length > LATEST ? <a href={linkTo("executions")}>All executions</a> : null}
    </section>
  );
}

interface Shown {
  readonly machines: readonly StateMachine[];
  readonly executions: readonly Execution[];
}

function Machines({ machines, executions }: Shown): JSX.Element {
  const own = machines.filter(({ isInternal }) => !isInternal);
  const internal = machines.filter(({ isInternal }) => isInternal);
  return (
    <>
      {own.length === 0 ? (
        <Empty>
          No state machine is served. Export a workflow from a module of the service, or create a state machine with{" "}
          <code>aws stepfunctions create-state-machine --endpoint-url {location.origin}</code>.
        </Empty>
      ) : (
        <Table machines={own} executions={executions} />
      )}
      {internal.length === 0 ? null : (
        <details>
          <summary>Lambent's own ({internal.length})</summary>
          <p class="hint">They are a part of how it works; nobody starts them by hand.</p>
          <Table machines={internal} executions={executions} />
        </details>
      )}
    </>
  );
}

function Table({ machines, executions }: Shown): JSX.Element {
  return (
    <div class="wide" tabIndex={0} role="group" aria-label="State machines, scrolls">
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">State machine</th>
            <th scope="col" class="roomy">
              Made by
            </th>
            <th scope="col" class="roomy">
              Inputs
            </th>
            <th scope="col">Latest execution</th>
            <th scope="col" class="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {machines.map((machine) => (
            <MachineLine key={machine.stateMachineArn} machine={machine} latest={latestOf(machine, executions)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function MachineLine({
  machine,
  latest,
}: {
  readonly machine: StateMachine;
  readonly latest: Execution | undefined;
}): JSX.Element {
  const { stateMachineArn, title, type, isLambent, inputs } = machine;
  return (
    <tr>
      <th scope="row">
        <a href={linkTo("state-machines", stateMachineArn)}>{title}</a>
        {type === "EXPRESS" ? <span class="tag">EXPRESS</span> : null}
      </th>
      <td class="roomy">{isLambent ? "a workflow" : "hand-written"}</td>
      <td class="roomy">{inputs === undefined ? "JSON" : inputs.map(({ name }) => name).join(", ") || "none"}</td>
      <td>
        {latest === undefined ? (
          <span class="muted">none yet</span>
        ) : (
          <a class="plain" href={linkTo("executions", latest.executionArn)}>
            <StatusBadge status={latest.status} /> <Moment at={latest.startDate} />
          </a>
        )}
      </td>
      <td class="number">{latest === undefined ? null : <Duration from={latest.startDate} to={latest.stopDate} />}</td>
    </tr>
  );
}

function latestOf({ stateMachineArn }: StateMachine, executions: readonly Execution[]): Execution | undefined {
  return executions
    .toSorted((one, other) => other.startDate - one.startDate)
    .find((one) => one.stateMachineArn === stateMachineArn);
}
