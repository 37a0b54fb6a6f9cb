import type { JSX } from "preact";
import { call } from "./request.ts";
import type { DescribedExecution, ListedMapRun } from "./aws.ts";
import { EventsPanel } from "./events-panel.tsx";
import { ExecutionActions } from "./execution-actions.tsx";
import { Failure } from "./failure.tsx";
import { live } from "./live.ts";
import { useLoaded } from "./loaded.ts";
import { LogsPanel } from "./logs-panel.tsx";
import { useMachines } from "./machines.ts";
import { CopyButton, Course, Document, Problem, Title, Waiting } from "./parts.tsx";
import { linkTo, useTitle } from "./routes.ts";
import { useStore } from "./store.ts";
import { TimelinePanel } from "./timeline-panel.tsx";
import { StatusNews } from "./status-news.tsx";
import { ExecutionTokens } from "./tokens-view.tsx";

const TABS = [
  ["timeline", "Timeline"],
  ["events", "Events"],
  ["logs", "Logs"],
  ["data", "Input and output"],
] as const;

export function ExecutionView({ arn, tab }: { readonly arn: string; readonly tab: string }): JSX.Element {
  const change = useStore(live, ({ history, connections, executions }) => {
    const { status = "", redriveCount = 0 } = executions.get(arn) ?? {};
    return `${connections} ${history} ${status} ${redriveCount}`;
  });
  const { value, error, reload } = useLoaded(arn, change, (signal) =>
    call<DescribedExecution>("DescribeExecution", { executionArn: arn }, signal),
  );
  const title = value?.name ?? arn.split(":").at(-1) ?? arn;
  useTitle(title);
  return (
    <>
      {error === undefined ? null : (
        <>
          {value === undefined ? <Title of={arn}>{title}</Title> : null}
          <Problem error={error} retry={reload} />
        </>
      )}
      {value === undefined ? (
        error === undefined ? (
          <Waiting what="the execution" />
        ) : null
      ) : (
        <Execution execution={value} tab={tab} change={`${change} ${value.status}`} />
      )}
    </>
  );
}

function Execution({
  execution,
  tab,
  change,
}: {
  readonly execution: DescribedExecution;
  readonly tab: string;
  readonly change: string;
}): JSX.Element {
  const { executionArn, status, error, cause, name } = execution;
  const isRunning = status === "RUNNING" || status === "PENDING_REDRIVE";
  return (
    <>
      <Way execution={execution} />
      <div class="view-head">
        <Title of={executionArn}>{name}</Title>
        <ExecutionActions execution={execution} />
      </div>
      <Facts execution={execution} />
      <StatusNews status={status} />
      {error === undefined && cause === undefined ? null : (
        <Failure arn={executionArn} change={change} error={error} cause={cause} />
      )}
      <MapRuns arn={executionArn} change={change} />
      <ExecutionTokens executionArn={executionArn} />
      <nav class="tabs" aria-label="Of this execution">
        {TABS.map(([one, text]) => (
          <a
            key={one}
            href={linkTo("executions", executionArn, { tab: one })}
            aria-current={one === tab ? "page" : undefined}
          >
            {text}
          </a>
        ))}
      </nav>
      {tab === "timeline" ? <TimelinePanel arn={executionArn} change={change} isRunning={isRunning} /> : null}
      {tab === "events" ? (
        <EventsPanel arn={executionArn} change={change} startedAt={1000 * execution.startDate} />
      ) : null}
      {tab === "logs" ? <LogsPanel arn={executionArn} /> : null}
      {tab === "data" ? <Data execution={execution} /> : null}
    </>
  );
}

/** Where it is: the state machine it is of, and the Map Run that it is a child of. */
function Way({ execution: { stateMachineArn, mapRunArn } }: { readonly execution: DescribedExecution }): JSX.Element {
  const { value: machines } = useMachines();
  const [own = stateMachineArn] = stateMachineArn.split("/");
  const machine = machines?.find((one) => one.stateMachineArn === own);
  return (
    <p class="way-back">
      <a href={linkTo("state-machines", own)}>{machine?.title ?? own.split(":").at(-1)}</a>
      {mapRunArn === undefined ? null : (
        <>
          {" / "}
          <a href={linkTo("map-runs", mapRunArn)}>Map Run {mapRunArn.split("/").at(-1)?.split(":")[0]}</a>
        </>
      )}
    </p>
  );
}

function Facts({ execution }: { readonly execution: DescribedExecution }): JSX.Element {
  const { redriveCount, executionArn } = execution;
  return (
    <p class="about-line">
      <Course of={execution} />
      {redriveCount > 0 ? <span>redriven {redriveCount === 1 ? "once" : `${redriveCount} times`}</span> : null}
      <CopyButton text={executionArn} what="ARN" />
    </p>
  );
}

function Data({
  execution: { input, output, error, cause, status },
}: {
  readonly execution: DescribedExecution;
}): JSX.Element {
  return (
    <div class="halves">
      <Document level="h2" text={input ?? ""} name="Input" />
      {output === undefined ? (
        <div class="document">
          <div class="document-bar">
            <h2>Output</h2>
          </div>
          <p class="empty">{status === "RUNNING" ? "It is still running." : "It has none: it did not succeed."}</p>
        </div>
      ) : (
        <Document level="h2" text={output} name="Output" />
      )}
      {error === undefined ? null : <Document level="h2" text={error} name="Error" kind="error" />}
      {cause === undefined ? null : <Document level="h2" text={cause} name="Cause" kind="error" />}
    </div>
  );
}

function MapRuns({ arn, change }: { readonly arn: string; readonly change: string }): JSX.Element | null {
  const { value } = useLoaded(arn, change, (signal) =>
    call<{ mapRuns: readonly ListedMapRun[] }>("ListMapRuns", { executionArn: arn }, signal),
  );
  if (value === undefined || value.mapRuns.length === 0) return null;
  return (
    <p class="about-line">
      Map Runs:
      {value.mapRuns.map(({ mapRunArn }) => (
        <a key={mapRunArn} href={linkTo("map-runs", mapRunArn)}>
          {mapRunArn.split("/").at(-1)?.split(":")[0]}
        </a>
      ))}
    </p>
  );
}
