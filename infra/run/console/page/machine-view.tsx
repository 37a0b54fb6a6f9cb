import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { GraphAnswer, StateMachine } from "../api.ts";
import { type DescribedExecution, listExecutions, type ListedExecution } from "./aws.ts";
import { ExecutionLines, lineOf, StatusFilter } from "./executions-list.tsx";
import { GraphBox } from "./graph-box.tsx";
import { live } from "./live.ts";
import { useLoaded } from "./loaded.ts";
import { useMachines } from "./machines.ts";
import { CopyButton, Document, Empty, Problem, Title, Waiting } from "./parts.tsx";
import { call, read } from "./request.ts";
import { linkTo, useTitle } from "./routes.ts";
import { StartForm } from "./start-form.tsx";
import { useStore } from "./store.ts";

/** @param from an execution whose input the form begins with */
export function MachineView({ arn, from }: { readonly arn: string; readonly from: string | undefined }): JSX.Element {
  const { value: machines, error, reload } = useMachines();
  const machine = machines?.find(({ stateMachineArn }) => stateMachineArn === arn);
  const title = machine?.title ?? arn.split(":").at(-1) ?? arn;
  useTitle(title);
  return (
    <>
      <p class="way-back">
        <a href={linkTo("state-machines")}>State machines</a>
      </p>
      <Title of={arn}>{title}</Title>
      <p class="about-line">
        <span class="name">{arn}</span> <CopyButton text={arn} what="ARN" />
      </p>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {machines !== undefined && machine === undefined ? (
        <Empty>
          There is no such state machine now: it has been deleted, or its workflow has another name.{" "}
          <a href={linkTo("state-machines")}>State machines</a>
        </Empty>
      ) : null}
      {machine === undefined ? null : <Machine machine={machine} from={from} />}
    </>
  );
}

function Machine({
  machine,
  from,
}: {
  readonly machine: StateMachine;
  readonly from: string | undefined;
}): JSX.Element {
  const { stateMachineArn } = machine;
  const change = useStore(live, (now) => `${now.connections} ${now.stateMachines}`);
  const given = useLoaded(`input ${from ?? ""}`, 0, async (signal) =>
    from === undefined
      ? undefined
      : (await call<DescribedExecution>("DescribeExecution", { executionArn: from }, signal)).input,
  );
  const isReady = from === undefined || given.value !== undefined || given.error !== undefined;
  const graph = useLoaded(stateMachineArn, change, (signal) => read<GraphAnswer>("graph", { stateMachineArn }, signal));
  return (
    <div class="columns">
      <div class="stack">
        {given.error === undefined ? null : <Problem error={given.error} />}
        {/* With other inputs, after a change of the workflow, it is another form. */}
        {isReady ? (
          <StartForm key={JSON.stringify(machine.inputs)} machine={machine} given={given.value} />
        ) : (
          <Waiting what="the input" />
        )}
        {machine.type === "EXPRESS" ? (
          <p class="hint">EXPRESS: on AWS its executions leave no history. Here they do.</p>
        ) : null}
        <MachineExecutions arn={stateMachineArn} />
      </div>
      <div class="stack">
        {graph.error === undefined ? null : <Problem error={graph.error} retry={graph.reload} />}
        {graph.value?.graph === undefined ? null : <GraphBox graph={graph.value.graph} />}
        <Definition arn={stateMachineArn} change={change} />
      </div>
    </div>
  );
}

function Definition({ arn, change }: { readonly arn: string; readonly change: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Definition</summary>
      {isOpen ? <DefinitionText arn={arn} change={change} /> : null}
    </details>
  );
}

function DefinitionText({ arn, change }: { readonly arn: string; readonly change: string }): JSX.Element {
  const { value, error, reload } = useLoaded(arn, change, (signal) =>
    call<{ definition: string }>("DescribeStateMachine", { stateMachineArn: arn }, signal),
  );
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  return value === undefined ? (
    <Waiting what="the definition" />
  ) : (
    <Document text={value.definition} name="Amazon States Language" />
  );
}

function MachineExecutions({ arn }: { readonly arn: string }): JSX.Element {
  const [status, setStatus] = useState("");
  const [older, setOlder] = useState<{ readonly items: readonly ListedExecution[]; readonly nextToken?: string }>();
  const change = useStore(live, (now) => changeOf(arn, now.executions, now.connections));
  const { value, error, reload } = useLoaded(`${arn} ${status}`, change, (signal) =>
    listExecutions({ stateMachineArn: arn, ...(status === "" ? {} : { statusFilter: status }) }, undefined, signal),
  );
  useEffect(() => setOlder(undefined), [arn, status]);
  const next = older === undefined ? value?.nextToken : older.nextToken;
  async function showMore(): Promise<void> {
    const { items, ...rest } = await listExecutions(
      { stateMachineArn: arn, ...(status === "" ? {} : { statusFilter: status }) },
      next,
      new AbortController().signal,
    );
    setOlder({ items: [...(older?.items ?? []), ...items], ...rest });
  }
  const known = new Set<string>();
  const all = [...(value?.items ?? []), ...(older?.items ?? [])].filter(
    ({ executionArn }) => !known.has(executionArn) && known.add(executionArn),
  );
  return (
    <section aria-labelledby="executions-title">
      <div class="panel-head">
        <h2 id="executions-title">Executions</h2>
        <StatusFilter status={status} choose={setStatus} />
      </div>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {value === undefined ? <Waiting what="executions" /> : null}
      {value !== undefined && all.length === 0 ? (
        <Empty>{status === "" ? "It has not been started yet." : "None has this status."}</Empty>
      ) : null}
      {all.length === 0 ? null : <ExecutionLines lines={all.map(lineOf)} label="Executions" />}
      {next === undefined ? null : (
        <button type="button" class="quiet" onClick={() => void showMore()}>
          Show earlier ones
        </button>
      )}
    </section>
  );
}

/** Another text when something has happened to an execution of the state machine. */
function changeOf(
  arn: string,
  executions: ReadonlyMap<string, { stateMachineArn: string; status: string; redriveCount: number }>,
  connections: number,
): string {
  const own = [...executions.values()].filter(({ stateMachineArn }) => stateMachineArn === arn);
  return `${connections} ${own.map(({ status, redriveCount }) => `${status}${redriveCount}`).join()}`;
}
