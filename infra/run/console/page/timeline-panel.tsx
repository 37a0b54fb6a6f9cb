import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { chartHtml, DETAILS_HTML, TABLE_HTML } from "../../timeline/files/chart-html.ts";
import { legendHtml } from "../../timeline/files/legend.ts";
import { tilesOf } from "../../timeline/files/tiles.ts";
import type { Timeline } from "../../timeline/model.ts";
import { showTimeline } from "../../timeline/page/show-timeline.ts";
import { GraphBox } from "./graph-box.tsx";
import { useLoaded, useTick } from "./loaded.ts";
import { Empty, Problem, Waiting } from "./parts.tsx";
import { read } from "./request.ts";

/** How often bars that are still running grow, in milliseconds. */
const GROWS = 1000;

/** An execution's timeline, as the page of a file shows it, and growing while it runs. */
export function TimelinePanel({
  arn,
  change,
  isRunning,
}: {
  readonly arn: string;
  readonly change: string;
  readonly isRunning: boolean;
}): JSX.Element {
  const tick = useTick(isRunning, GROWS);
  const { value, error, reload } = useLoaded(arn, `${change} ${tick}`, (signal) =>
    read<Timeline>("timeline", { executionArn: arn }, signal),
  );
  return (
    <>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {value === undefined ? (
        error === undefined ? (
          <Waiting what="the timeline" />
        ) : null
      ) : (
        <Shown timeline={value} isRunning={isRunning} />
      )}
    </>
  );
}

function Shown({ timeline, isRunning }: { readonly timeline: Timeline; readonly isRunning: boolean }): JSX.Element {
  const { bars, graph, nodes, notes } = timeline;
  return (
    <>
      <Tiles timeline={timeline} />
      <div class="columns">
        {bars.length === 0 ? (
          <section class="chart">
            <h2>Timeline</h2>
            <Empty>
              {isRunning
                ? "Nothing has run yet that has a duration."
                : "Nothing ran in this execution that has a duration: no task was called, and no state waited."}
            </Empty>
          </section>
        ) : (
          <LiveChart timeline={timeline} />
        )}
        <div class="side">
          {graph === undefined ? null : <GraphBox graph={graph} nodes={nodes} />}
          {bars.length === 0 ? null : <div class="stretch" dangerouslySetInnerHTML={{ __html: DETAILS_HTML }} />}
        </div>
      </div>
      {bars.length === 0 ? null : <div dangerouslySetInnerHTML={{ __html: TABLE_HTML }} />}
      {notes.map((note) => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
    </>
  );
}

/** Characters beyond which what is said of a figure has the room of two. */
const LONG = 70;

function Tiles({ timeline }: { readonly timeline: Timeline }): JSX.Element {
  return (
    <dl class="tiles">
      {tilesOf(timeline).map(({ label, value, about }) => (
        <div key={label} class={about.length > LONG ? "long" : undefined}>
          <dt>{label}</dt>
          <dd class="value">{value}</dd>
          <dd class="about">{about}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The chart's elements are its own from the beginning on: what it becomes is told to it, and is not drawn anew here. */
function LiveChart({ timeline }: { readonly timeline: Timeline }): JSX.Element {
  const [html] = useState(() => chartHtml(timeline));
  const renew = useRef<((later: Timeline) => void) | undefined>(undefined);
  const first = useRef(timeline);
  useEffect(() => {
    const gone = new AbortController();
    renew.current = showTimeline(first.current, gone.signal);
    return () => gone.abort();
  }, []);
  useEffect(() => {
    if (timeline === first.current) return;
    renew.current?.(timeline);
    const [legend, signs] = [document.getElementById("legend"), legendHtml(timeline)];
    if (legend !== null && legend.dataset["signs"] !== signs) {
      legend.innerHTML = signs; // the drawings of files/legend.ts: nothing in them is the author's
      legend.dataset["signs"] = signs;
    }
  }, [timeline]);
  return <div class="chart-box" dangerouslySetInnerHTML={{ __html: html }} />;
}
