import { after, isIn, repeatUntil, sleep, sleepUntil, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// A workflow waits in the state machine, where it costs nothing: for a time, or until somebody answers.

interface Job {
  id: string;
  status: "running" | "done" | "failed";
  looks: number;
}

export const submit = task(function submit({ looks }: { looks: number }): Job {
  return { id: "job-1", status: "running", looks };
});

export const look = task(function look({ job }: { job: Job }): Job {
  return { ...job, looks: job.looks - 1, status: job.looks > 1 ? "running" : "done" };
});

/** Polling: wait, look, and again until it is done. */
export const patient = workflow({ looks: 2 }, function patient({ looks }) {
  return repeatUntil({
    state: submit({ looks }),
    do: (job) => after(sleep(1), () => look({ job })),
    until: ({ status }) => isIn(status, ["done", "failed"]),
    maxIterations: 100,
  }).status;
});

/** A wait that is called last in a round comes after all that the round does. */
export const spaced = workflow({ looks: 2 }, function spaced({ looks }) {
  return repeatUntil({
    state: submit({ looks }),
    do: (job) => {
      const seen = look({ job });
      sleep("1s");
      return seen;
    },
    until: ({ status }) => isIn(status, ["done", "failed"]),
    maxIterations: 100,
  }).looks;
});

export const remind = task(function remind({ who }: { who: string }) {
  return { reminded: who, at: new Date().toISOString() };
});

/** What a wait comes before or after is said by `after`; the duration, and the time, may be Refs. */
export const reminders = workflow(
  { who: "Ada", seconds: 1, until: "2026-01-01T09:00:00+01:00" },
  function reminders({ who, seconds, until }) {
    const first = remind({ who });
    const pause = after(first, () => sleep(seconds));
    const second = after([pause, sleepUntil(until)], () => remind({ who: first.reminded }));
    return [first.reminded, second.reminded];
  },
);

export const examples: readonly Example[] = [
  { workflow: "patient", input: {}, output: "done" },
  { workflow: "spaced", input: { looks: 1 }, output: 0 },
  { workflow: "reminders", input: {}, output: ["Ada", "Ada"] },
  { workflow: "reminders", input: { seconds: 0 }, output: ["Ada", "Ada"] },
  { workflow: "reminders", input: { until: "tomorrow" }, error: "States.QueryEvaluationError: " },
  { workflow: "reminders", input: { seconds: 0.5 }, error: "States.QueryEvaluationError: " },
];
