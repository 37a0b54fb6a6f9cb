import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Counts, type DescribedMapRun, listExecutions, type ListedExecution } from "./aws.ts";
import { ExecutionLines, lineOf } from "./executions-list.tsx";
import { live } from "./live.ts";
import { asError, useLoaded, useTick } from "./loaded.ts";
import { Course, Empty, Problem, Title, Waiting } from "./parts.tsx";
import { call } from "./request.ts";
import { linkTo, useTitle } from "./routes.ts";
import { useStore } from "./store.ts";

/** How often the counts of a Map Run that runs are asked for, in milliseconds. */
const GROWS = 1000;

/** A Distributed Map's run: how far it is, and its child executions. */
export function MapRunView({ arn }: { readonly arn: string }): JSX.Element {
  const name = arn.split("/").at(-1)?.split(":")[0] ?? arn;
  useTitle(`Map Run ${name}`);
  const connections = useStore(live, (now) => now.connections);
  const [isRunning, setRunning] = useState(true);
  const tick = useTick(isRunning, GROWS);
  const change = `${connections} ${tick}`;
  const { value, error, reload } = useLoaded(arn, change, (signal) =>
    call<DescribedMapRun>("DescribeMapRun", { mapRunArn: arn }, signal),
  );
  useEffect(() => {
    if (value !== undefined) setRunning(value.status === "RUNNING");
  }, [value]);
  return (
    <>
      {value === undefined ? null : (
        <p class="way-back">
          <a href={linkTo("executions", value.executionArn)}>Execution {value.executionArn.split(":").at(-1)}</a>
        </p>
      )}
      <Title of={arn}>Map Run {name}</Title>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {value === undefined ? error === undefined ? <Waiting what="the Map Run" /> : null : <MapRun mapRun={value} />}
      {value === undefined ? null : <Children arn={arn} change={change} />}
    </>
  );
}

function MapRun({ mapRun }: { readonly mapRun: DescribedMapRun }): JSX.Element {
  const { itemCounts, executionCounts, maxConcurrency } = mapRun;
  return (
    <>
      <p class="about-line">
        <Course of={mapRun} />
        <span>
          {maxConcurrency === 0
            ? "no limit of children at the same time"
            : `at most ${maxConcurrency.toLocaleString("en")} children at the same time`}
        </span>
      </p>
      <dl class="tiles">
        <CountTile name="Items" counts={itemCounts} />
        <CountTile name="Child executions" counts={executionCounts} />
      </dl>
    </>
  );
}

function CountTile({ name, counts }: { readonly name: string; readonly counts: Counts }): JSX.Element {
  const { total, succeeded, failed, timedOut, aborted, running, pending } = counts;
  const parts = [
    [failed + timedOut, "failed"],
    [aborted, "aborted"],
    [running, "running"],
    [pending, "pending"],
  ] as const;
  const rest = parts.filter(([count]) => count > 0).map(([count, what]) => `${count.toLocaleString("en")} ${what}`);
  return (
    <div>
      <dt>{name}</dt>
      <dd class="value">
        {succeeded.toLocaleString("en")} of {total.toLocaleString("en")}
      </dd>
      <dd class="about">{rest.length === 0 ? "all succeeded" : `succeeded, ${rest.join(", ")}`}</dd>
    </div>
  );
}

function Children({ arn, change }: { readonly arn: string; readonly change: string }): JSX.Element {
  const [older, setOlder] = useState<{ readonly items: readonly ListedExecution[]; readonly nextToken?: string }>();
  const { value, error, reload } = useLoaded(arn, change, (signal) =>
    listExecutions({ mapRunArn: arn }, undefined, signal),
  );
  const next = older === undefined ? value?.nextToken : older.nextToken;
  const [problem, setProblem] = useState<Error>();
  async function showMore(): Promise<void> {
    setProblem(undefined);
    try {
      const { items, ...rest } = await listExecutions({ mapRunArn: arn }, next, new AbortController().signal);
      setOlder({ items: [...(older?.items ?? []), ...items], ...rest });
    } catch (failure) {
      setProblem(asError(failure));
    }
  }
  const all = [
    ...new Map([...(older?.items ?? []), ...(value?.items ?? [])].map((one) => [one.executionArn, one])).values(),
  ];
  const lines = all.toSorted((one, other) => other.startDate - one.startDate).map(lineOf);
  return (
    <section aria-labelledby="children-title">
      <h2 id="children-title">Child executions</h2>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {value !== undefined && lines.length === 0 ? <Empty>It has no child execution yet.</Empty> : null}
      {lines.length === 0 ? null : <ExecutionLines lines={lines} label="Child executions" />}
      {problem === undefined ? null : <Problem error={problem} />}
      {next === undefined ? null : (
        <button type="button" class="quiet" onClick={() => void showMore()}>
          Show more
        </button>
      )}
    </section>
  );
}
