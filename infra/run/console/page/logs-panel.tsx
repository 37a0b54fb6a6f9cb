import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { FunctionsServed, LogLine, Logs } from "../api.ts";
import { live } from "./live.ts";
import { useLoaded } from "./loaded.ts";
import { Empty, Problem, sentence, Waiting } from "./parts.tsx";
import { read } from "./request.ts";
import { useStore } from "./store.ts";

/** Lines that are kept here. */
const KEPT = 5000;

/** What the tasks of an execution have printed. */
class LogLines {
  readonly #executionArn: string;
  #lines: readonly LogLine[] = [];
  #last = 0;

  constructor(executionArn: string) {
    this.#executionArn = executionArn;
  }

  /** What has come since is read and added. */
  async read(signal: AbortSignal): Promise<Logs> {
    const logs = await read<Logs>("logs", { executionArn: this.#executionArn, after: String(this.#last) }, signal);
    this.#lines = [...this.#lines, ...logs.lines].slice(-KEPT);
    this.#last = logs.last;
    return { ...logs, lines: this.#lines };
  }
}

export function LogsPanel({ arn }: { readonly arn: string }): JSX.Element {
  const connections = useStore(live, (now) => now.connections);
  const lastLog = useStore(live, (now) => now.lastLog);
  // After a new beginning of the server its numbers begin anew, too.
  const lines = useMemo(() => new LogLines(arn), [arn, connections]);
  const { value, error, reload } = useLoaded(`${arn} ${connections}`, lastLog, (signal) => lines.read(signal));
  const [node, setNode] = useState("");
  if (value === undefined)
    return error === undefined ? <Waiting what="logs" /> : <Problem error={error} retry={reload} />;
  const nodes = [...new Set(value.lines.flatMap((line) => line.node ?? []))];
  const shown = value.lines.filter((line) => node === "" || line.node === node);
  return (
    <section aria-labelledby="logs-title">
      <div class="panel-head">
        <h2 id="logs-title">
          Logs <span class="muted">{shown.length.toLocaleString("en")}</span>
        </h2>
        <label class="inline">
          Task
          <select value={node} onChange={(event) => setNode(event.currentTarget.value)}>
            <option value="">all</option>
            {nodes.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      {error === undefined ? null : <Problem error={error} retry={reload} />}
      {shown.length === 0 ? (
        <Empty>{whyEmpty(value.functions)}</Empty>
      ) : (
        <div class="logs" tabIndex={0} role="group" aria-label="Lines that tasks have printed, scrolls">
          {shown.map((line) => (
            <Line key={line.number} line={line} />
          ))}
        </div>
      )}
      {value.forgotten > 0 ? (
        <p class="hint">
          {value.forgotten.toLocaleString("en")} earlier lines, of all executions, are not kept any more.
        </p>
      ) : null}
    </section>
  );
}

function Line({ line: { at, node, item, replica, text, stream, level } }: { readonly line: LogLine }): JSX.Element {
  const isBad = stream === "stderr" || /error|fatal/i.test(level ?? "");
  return (
    <div class={`log-line ${isBad ? "bad" : ""}`}>
      <time class="muted" dateTime={new Date(at).toISOString()}>
        {new Date(at).toLocaleTimeString("en-GB", {
          hour: "2-digit",
          minute: "2-digit",
          second: "2-digit",
          fractionalSecondDigits: 3,
        })}
      </time>
      <span class="log-where" title={`replica ${replica}`}>
        {node === undefined ? "–" : `${node}${item === undefined ? "" : `[${item}]`}`}{" "}
        <span class="muted">{replica.slice(0, 4)}</span>
      </span>
      <span class="log-text">{text}</span>
    </div>
  );
}

function whyEmpty(functions: FunctionsServed): string {
  if (functions.where === "elsewhere") return sentence(functions.why);
  return "Its tasks have printed nothing.";
}
