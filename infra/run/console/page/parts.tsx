import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { formatMs } from "../../timeline/drawing/time.ts";
import { prettyJson } from "../../timeline/pretty-json.ts";
import { announce } from "./announce.ts";
import { linkTo } from "./routes.ts";

/** A status as a word with a sign: its colour says nothing that its form does not. */
export function StatusBadge({ status }: { readonly status: string }): JSX.Element {
  const kind = status === "SUCCEEDED" ? "ok" : /RUNNING|PENDING/.test(status) ? "running" : "bad";
  return <span class={`status ${kind}`}>{wordOf(status)}</span>;
}

/** `TIMED_OUT` as people write it. */
export function wordOf(status: string): string {
  return `${status.charAt(0)}${status.slice(1).toLowerCase().replaceAll("_", " ")}`;
}

/** A time of day, with its day if that is not today. @param at milliseconds since the epoch */
export function Moment({ at }: { readonly at: number }): JSX.Element {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const time = date.toLocaleTimeString("en-GB");
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric" });
  return (
    <time dateTime={date.toISOString()} title={date.toISOString()}>
      {isToday ? time : `${day}, ${time}`}
    </time>
  );
}

/** How long it took; of what still runs it grows. Milliseconds since the epoch. */
export function Duration({ from, to }: { readonly from: number; readonly to: number | undefined }): JSX.Element {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (to !== undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [to]);
  const ms = Math.max(0, (to ?? now) - from);
  return (
    <span class="number">
      {to === undefined && ms < 1000 ? "less than 1 s" : formatMs(to === undefined ? 1000 * Math.floor(ms / 1000) : ms)}
    </span>
  );
}

/** How an execution or a Map Run stands, how long that took, and when it began. AWS's times are seconds. */
export function Course({
  of: { status, startDate, stopDate },
}: {
  readonly of: { readonly status: string; readonly startDate: number; readonly stopDate?: number };
}): JSX.Element {
  const to = stopDate === undefined ? undefined : 1000 * stopDate;
  return (
    <>
      <StatusBadge status={status} />
      <span>
        {to === undefined ? "for " : "in "}
        <Duration from={1000 * startDate} to={to} />
      </span>
      <span>
        began <Moment at={1000 * startDate} />
      </span>
    </>
  );
}

/** Why something is not there. */
export function Problem({ error, retry }: { readonly error: Error; readonly retry?: () => void }): JSX.Element {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{error.name}</strong> {error.message}
      </p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="empty">{children}</p>;
}

/** A text of the server's as a sentence of its own. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

export function Waiting({ what }: { readonly what: string }): JSX.Element {
  return <p class="hint">Loading {what} …</p>;
}

const ARN = /arn:aws[\w-]*:states:[\w-]*:\d*:(?:execution|express|stateMachine|mapRun):[^\s"'\\<>,]+/g;

/** A text in which the ARNs of executions, Map Runs and state machines lead there. */
export function LinkedText({ text }: { readonly text: string }): JSX.Element {
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const { 0: arn, index } of text.matchAll(ARN)) {
    const to = linkOfArn(arn);
    if (to === undefined) continue;
    parts.push(text.slice(end, index), <a href={to}>{arn}</a>);
    end = index + arn.length;
  }
  return <>{[...parts, text.slice(end)]}</>;
}

/** Where the page shows what an ARN names. */
export function linkOfArn(arn: string): string | undefined {
  const kind = arn.split(":")[5] ?? "";
  const view = { execution: "executions", express: "executions", mapRun: "map-runs", stateMachine: "state-machines" }[
    kind
  ];
  return view === undefined ? undefined : linkTo(view, arn);
}

/** So many characters of a text are shown at first: more of them make a page slow. */
const SHOWN = 20_000;

interface DocumentShown {
  readonly text: string;
  readonly name: string;
  readonly kind?: "" | "error";
  /** The heading's level, one below what it is in. */
  readonly level?: "h2" | "h3";
}

/** JSON with its fields one below the other; what is none as it is. Texts become text, whatever is in them. */
export function Document({ text, name, kind = "", level: Heading = "h3" }: DocumentShown): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const shown = prettyJson(text);
  const isCut = !isWhole && shown.length > SHOWN;
  return (
    <div class="document">
      <div class="document-bar">
        <Heading>{name}</Heading>
        <CopyButton text={text} what={name} />
      </div>
      {/* A region that scrolls is one that the keyboard has to reach. */}
      <pre class={kind} tabIndex={0} role="group" aria-label={name}>
        <LinkedText text={isCut ? shown.slice(0, SHOWN) : shown} />
      </pre>
      {isCut ? (
        <button type="button" class="quiet" onClick={() => setWhole(true)}>
          Show all {shown.length.toLocaleString("en")} characters
        </button>
      ) : null}
    </div>
  );
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): JSX.Element {
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text); // there is no clipboard at addresses that the browser does not trust
      announce(`${what} copied`);
    } catch {
      announce(`${what} could not be copied: the browser does not allow it`);
    }
  }
  return (
    <button type="button" class="quiet" onClick={() => void copy()} aria-label={`Copy ${what}`}>
      Copy{what === "ARN" ? " ARN" : ""}
    </button>
  );
}

/** A view's title, which has the focus when one has come there: screen readers read it, and Tab goes on from it. */
export function Title({ children, of }: { readonly children: ComponentChildren; readonly of: string }): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Not on the page's own beginning: the browser reads that by itself.
    if (document.body.dataset["visited"] !== undefined) heading.current?.focus({ preventScroll: true });
    document.body.dataset["visited"] = "";
    scrollTo({ top: 0 });
  }, [of]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
