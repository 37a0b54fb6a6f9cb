import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { formatMs } from "../../timeline/drawing/time.ts";
import type { HistoryEvent } from "./aws.ts";
import { detailsOf, HistoryPages, statesOf } from "./history-pages.ts";
import { useLoaded } from "./loaded.ts";
import { Document, Empty, LinkedText, Problem, Waiting } from "./parts.tsx";
import { VirtualList } from "./virtual-list.tsx";

interface Shown {
  readonly arn: string;
  readonly change: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

export function EventsPanel({ arn, change, startedAt }: Shown): JSX.Element {
  const pages = useMemo(() => new HistoryPages(arn), [arn]);
  const {
    value: events,
    error,
    reload,
  } = useLoaded<readonly HistoryEvent[]>(arn, change, (signal, show) => pages.read(signal, show));
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<number>();
  const states = useMemo(() => statesOf(events ?? []), [events]);
  const shown = useMemo(() => found(events ?? [], states, search), [events, states, search]);
  return (
    <>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {events === undefined ? (
        <Waiting what="events" />
      ) : (
        <div class="columns">
          <section aria-labelledby="events-title">
            <div class="panel-head">
              <h2 id="events-title">
                Events <span class="muted">{events.length.toLocaleString("en")}</span>
              </h2>
              <input
                type="search"
                aria-label="Search events by type or state"
                placeholder="type or state"
                value={search}
                onInput={(event) => setSearch(event.currentTarget.value)}
              />
            </div>
            {shown.length === 0 ? (
              <Empty>{events.length === 0 ? "No event yet." : "No event has this in its type or its state."}</Empty>
            ) : (
              <VirtualList
                label="Events of the execution"
                items={shown}
                keyOf={(event) => event.id}
                chosen={chosen}
                choose={setChosen}
                row={(event) => <EventRow event={event} state={states.get(event.id)} startedAt={startedAt} />}
              />
            )}
          </section>
          <section class="event-details" aria-labelledby="event-title">
            <h2 id="event-title">Details</h2>
            {chosen === undefined ? (
              <p class="hint">Choose an event, by the pointer or with the arrow keys.</p>
            ) : (
              <EventDetails key={`${arn} ${chosen}`} pages={pages} id={chosen} />
            )}
          </section>
        </div>
      )}
    </>
  );
}

function EventRow({
  event,
  state,
  startedAt,
}: {
  readonly event: HistoryEvent;
  readonly state: string | undefined;
  readonly startedAt: number;
}): JSX.Element {
  return (
    <>
      <span class="number muted">{event.id}</span>
      <span class={`event-type ${toneOf(event.type)}`}>{event.type}</span>
      <span class="event-state">{state}</span>
      <span class="number muted">{formatMs(Math.max(0, 1000 * event.timestamp - startedAt))}</span>
    </>
  );
}

function toneOf(type: string): string {
  if (/Failed|TimedOut|Aborted/.test(type)) return "bad";
  return type.startsWith("Execution") ? "strong" : "";
}

function found(
  events: readonly HistoryEvent[],
  states: ReadonlyMap<number, string>,
  search: string,
): readonly HistoryEvent[] {
  const text = search.trim().toLowerCase();
  if (text === "") return events;
  return events.filter(({ id, type }) => `${type} ${states.get(id) ?? ""}`.toLowerCase().includes(text));
}

function EventDetails({ pages, id }: { readonly pages: HistoryPages; readonly id: number }): JSX.Element {
  const { value: event, error, reload } = useLoaded(String(id), 0, (signal) => pages.details(id, signal));
  if (error !== undefined) return <Problem error={error} retry={reload} />;
  if (event === undefined) return <Waiting what="its details" />;
  const details = Object.entries(detailsOf(event)).filter(([name]) => !name.endsWith("Details"));
  const long = details.filter(([, value]) => isLong(value));
  return (
    <>
      <h3>{event.type}</h3>
      <table>
        <tbody>
          <Fact
            name="Event"
            value={`${event.id}, after ${event.previousEventId === 0 ? "none" : event.previousEventId}`}
          />
          <Fact name="At" value={new Date(1000 * event.timestamp).toISOString()} />
          {details
            .filter(([, value]) => !isLong(value))
            .map(([name, value]) => (
              <Fact key={name} name={name} value={typeof value === "string" ? value : JSON.stringify(value)} />
            ))}
        </tbody>
      </table>
      {long.map(([name, value]) => (
        <Document
          key={name}
          name={name}
          text={typeof value === "string" ? value : JSON.stringify(value)}
          kind={/error|cause/.test(name) ? "error" : ""}
        />
      ))}
    </>
  );
}

/** What is a document, or too long for a line. */
function isLong(value: unknown): boolean {
  return typeof value === "object"
    ? value !== null
    : typeof value === "string" && (/^\s*[[{"]/.test(value) || value.length > 120);
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <LinkedText text={value} />
      </td>
    </tr>
  );
}
