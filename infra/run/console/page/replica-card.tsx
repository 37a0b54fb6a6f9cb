import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatMs } from "../../timeline/drawing/time.ts";
import type { CacheContents, CacheStatistics, Replica } from "../api.ts";
import { announce } from "./announce.ts";
import { formatBytes } from "./bytes.ts";
import { asError, useLoaded } from "./loaded.ts";
import { Moment, Problem, Waiting } from "./parts.tsx";
import { post, read } from "./request.ts";

const DONE = { recycle: "recycled", freeze: "frozen", thaw: "thawed" } as const;

const ABOUT_STATE: Readonly<Record<Replica["state"], string>> = {
  starting: "starting",
  idle: "idle, waits for an invocation",
  busy: "at work",
  frozen: "frozen: no invocation goes to it",
  ended: "ended",
};

export function ReplicaCard({ replica }: { readonly replica: Replica }): JSX.Element {
  const { id, state, next, pid, startedAt, initMs, invocations, initializationType, version } = replica;
  const name = `replica ${id.slice(0, 8)}`;
  return (
    <article class="card" aria-label={name}>
      <div class="card-head">
        <h3 title={id}>{id.slice(0, 8)}</h3>
        <span class={`state ${state}`}>{ABOUT_STATE[state]}</span>
      </div>
      <Memory replica={replica} />
      <dl class="facts">
        <Fact name="Invocations" value={invocations.toLocaleString("en")} />
        <Fact name="Initialised in" value={initMs === undefined ? "–" : formatMs(initMs)} />
        <Fact name="Kind" value={initializationType === "on-demand" ? "on demand" : "provisioned"} />
        <Fact name="Version" value={version} />
        <Fact name="Process" value={pid === undefined ? "–" : String(pid)} />
        <div>
          <dt>Since</dt>
          <dd>
            <Moment at={startedAt} />
          </dd>
        </div>
      </dl>
      <Caches caches={replica.caches} name={name} />
      <Entries id={id} state={state} used={`${invocations} ${replica.caches.map(({ entries }) => entries).join()}`} />
      <Actions id={id} state={state} name={name} />
      {next === undefined ? null : (
        <p class="hint">{next === "freeze" ? "Freezes" : "Is recycled"} when its invocation has ended.</p>
      )}
    </article>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Memory({ replica: { memoryBytes, memoryLimitBytes } }: { readonly replica: Replica }): JSX.Element {
  if (memoryBytes === undefined)
    return <p class="hint">Memory: not told on this system; limit {formatBytes(memoryLimitBytes)}</p>;
  return (
    <div class="memory">
      <progress value={Math.min(memoryBytes, memoryLimitBytes)} max={memoryLimitBytes} aria-label="Memory" />
      <span>
        {formatBytes(memoryBytes)} <span class="muted">of {formatBytes(memoryLimitBytes)}</span>
      </span>
    </div>
  );
}

function Caches({ caches, name }: { readonly caches: readonly CacheStatistics[]; readonly name: string }): JSX.Element {
  if (caches.length === 0) return <p class="hint">No cache was used on it yet.</p>;
  return (
    <div class="wide" tabIndex={0} role="group" aria-label={`Caches of ${name}, scrolls`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Cache</th>
            <th scope="col" class="number">
              Hits
            </th>
            <th scope="col" class="number">
              Loads
            </th>
            <th scope="col" class="number">
              Loading
            </th>
            <th scope="col" class="number">
              Entries
            </th>
          </tr>
        </thead>
        <tbody>
          {caches.map(({ cache, hits, loads, joined, evictions, loadMs, preloads, entries, bytes }) => (
            <tr key={cache}>
              <th scope="row">{cache}</th>
              <td class="number">
                {hits.toLocaleString("en")}
                <Small text={joined > 0 ? `${joined} joined` : ""} />
              </td>
              <td class="number">
                {loads.toLocaleString("en")}
                <Small text={preloads > 0 ? `${preloads} before` : ""} />
              </td>
              <td class="number">{formatMs(loadMs)}</td>
              <td class="number">
                {entries.toLocaleString("en")}
                <Small
                  text={[bytes > 0 ? formatBytes(bytes) : "", evictions > 0 ? `${evictions} evicted` : ""]
                    .filter(Boolean)
                    .join(", ")}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Small({ text }: { readonly text: string }): JSX.Element | null {
  return text === "" ? null : <small>{text}</small>;
}

/** What is in its caches now; it is asked when one looks. */
function Entries({
  id,
  state,
  used,
}: {
  readonly id: string;
  readonly state: Replica["state"];
  readonly used: string;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Entries now</summary>
      {isOpen ? (
        state === "busy" ? (
          <p class="hint">It is at work, and tells when it has ended.</p>
        ) : (
          <EntryList id={id} used={used} />
        )
      ) : null}
    </details>
  );
}

function EntryList({ id, used }: { readonly id: string; readonly used: string }): JSX.Element {
  const { value, error, reload } = useLoaded(id, used, (signal) =>
    read<CacheContents>(`replicas/${encodeURIComponent(id)}/caches`, {}, signal),
  );
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (value === undefined) return <Waiting what="entries" />;
  if (value.caches.every(({ entries }) => entries === 0)) return <p class="hint">There is none.</p>;
  return (
    <>
      {value.caches.map(({ cache, entries, shown }) => (
        <div key={cache}>
          <h4>
            {cache} <span class="muted">{entries.toLocaleString("en")}</span>
          </h4>
          <ul class="entries">
            {shown.map(({ key, bytes, isLoading }, index) => (
              <li key={index}>
                <code>{key}</code>
                <span class="muted">{isLoading ? "loading" : bytes > 0 ? formatBytes(bytes) : ""}</span>
              </li>
            ))}
          </ul>
          {entries > shown.length ? <p class="hint">and {(entries - shown.length).toLocaleString("en")} more</p> : null}
        </div>
      ))}
    </>
  );
}

function Actions({
  id,
  state,
  name,
}: {
  readonly id: string;
  readonly state: Replica["state"];
  readonly name: string;
}): JSX.Element {
  const [problem, setProblem] = useState<Error>();
  const isThere = state !== "starting" && state !== "ended";
  async function act(action: keyof typeof DONE): Promise<void> {
    setProblem(undefined);
    try {
      const { next } = await post<Replica>(`replicas/${encodeURIComponent(id)}/${action}`);
      announce(
        next === undefined ? `${name} ${DONE[action]}` : `${name} is ${DONE[action]} when its invocation has ended`,
      );
    } catch (error) {
      setProblem(asError(error));
    }
  }
  const turn = state === "frozen" ? "thaw" : "freeze";
  return (
    <div class="actions">
      <button
        type="button"
        disabled={!isThere}
        onClick={() => void act(turn)}
        aria-label={`${turn === "thaw" ? "Thaw" : "Freeze"} ${name}`}
      >
        {turn === "thaw" ? "Thaw" : "Freeze"}
      </button>
      <button type="button" disabled={!isThere} onClick={() => void act("recycle")} aria-label={`Recycle ${name}`}>
        Recycle
      </button>
      {problem === undefined ? null : <Problem error={problem} />}
    </div>
  );
}
