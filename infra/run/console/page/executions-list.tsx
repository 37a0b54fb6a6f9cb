import type { JSX } from "preact";
import type { ListedExecution, Status } from "./aws.ts";
import { Duration, Moment, StatusBadge } from "./parts.tsx";
import { linkTo } from "./routes.ts";

/** One line of a list of executions. Times are milliseconds since the epoch. */
export interface Line {
  readonly executionArn: string;
  readonly name: string;
  readonly status: Status;
  readonly from: number;
  readonly to: number | undefined;
  /** Of which state machine, where the list is of several. */
  readonly machine?: string;
}

/** The statuses by which AWS lists executions. */
export const STATUSES: readonly Status[] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

export function ExecutionLines({
  lines,
  label,
}: {
  readonly lines: readonly Line[];
  readonly label: string;
}): JSX.Element {
  const isOfSeveral = lines.some(({ machine }) => machine !== undefined);
  return (
    <div class="wide" tabIndex={0} role="group" aria-label={`${label}, scrolls`}>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">Execution</th>
            {isOfSeveral ? <th scope="col">State machine</th> : null}
            <th scope="col">Status</th>
            <th scope="col">Began</th>
            <th scope="col" class="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ executionArn, name, status, from, to, machine }) => (
            <tr key={executionArn}>
              <th scope="row">
                <a href={linkTo("executions", executionArn)}>{name}</a>
              </th>
              {isOfSeveral ? <td>{machine}</td> : null}
              <td>
                <StatusBadge status={status} />
              </td>
              <td>
                <Moment at={from} />
              </td>
              <td class="number">
                <Duration from={from} to={to} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Buttons of which one is chosen. */
export function StatusFilter({
  status,
  choose,
}: {
  readonly status: string;
  readonly choose: (status: string) => void;
}): JSX.Element {
  return (
    <div class="choices" role="group" aria-label="Executions that are shown">
      {["", ...STATUSES].map((one) => (
        <button key={one} type="button" aria-pressed={one === status} onClick={() => choose(one)}>
          {one === "" ? "All" : `${one.charAt(0)}${one.slice(1).toLowerCase().replace("_", " ")}`}
        </button>
      ))}
    </div>
  );
}

/** AWS's times are seconds. */
export function lineOf({ executionArn, name, status, startDate, stopDate }: ListedExecution): Line {
  return {
    executionArn,
    name,
    status,
    from: 1000 * startDate,
    to: stopDate === undefined ? undefined : 1000 * stopDate,
  };
}
