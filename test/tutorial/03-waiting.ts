import {
  after,
  approve,
  conditional,
  currentContext,
  isIn,
  isTrue,
  mapTask,
  partial,
  repeatUntil,
  sleep,
  sleepUntil,
  task,
  waitForInput,
  workflow,
} from "lambent";
import { look, submit } from "./02-loops.ts";
import type { Example } from "./example.ts";

// A workflow waits in the state machine, where it costs nothing: for a time, or until somebody answers.

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

export const publish = task(function publish({ text }: { text: string }) {
  return `published: ${text}`;
});

/** Somebody decides: `lambent signal <execution> --node release --output '{"approved": true}'`, or the console. */
export const releasing = workflow({ text: "news" }, function releasing({ text }) {
  const release = approve("release", { timeout: "7d" });
  return conditional(
    isTrue(release.approved),
    () => publish({ text }),
    () => ({ refusedBy: release.by }),
  );
});

export const frame = task(function frame({ size, text }: { size: { width: number; label?: string }; text: string }) {
  return `${size.label ?? text}: ${size.width}`;
});

/** An answer of any form: the example says which one it has to have. */
export const framing = workflow({ text: "picture" }, function framing({ text }) {
  const size = waitForInput("size", { timeout: "1h", schema: { width: 1, tags: [{ name: "" }] } });
  return { framed: frame({ size, text }), first: size.tags[0]!.name };
});

/** Somebody is told, with the token that answers. */
export const tell = task(function tell({ token, name, to }: { token: string; name: string; to: string }) {
  console.log(`to ${to}: ${name} waits for ${token.length} characters`);
});

export const asking = workflow({ to: "Ada" }, function asking({ to }) {
  const colour = waitForInput<string>("colour", { timeout: "1h", notify: partial(tell, { to }) });
  const late = waitForInput<string>("late", { timeout: 1, notify: partial(tell, { to }) });
  return { colour, late };
});

/** A task hands its token to another system, and what that answers is its output. Heartbeats say that it is at work. */
export const measure = task<{ grams: number }, { parcel: string }>(
  async function measure({ parcel }) {
    const { taskToken, heartbeat } = currentContext();
    if (taskToken === undefined) throw new Error(`${parcel} has nobody to answer`);
    await heartbeat();
    return "what it returns is not looked at";
  },
  { token: true, timeout: 3600, heartbeat: 60 },
);

export const weighing = workflow({ parcel: "p1" }, function weighing({ parcel }) {
  return measure({ parcel }).grams;
});

/** Each item of a map waits for an answer of its own. */
export const weighAll = workflow({ parcels: ["p1", "p2"] }, function weighAll({ parcels }) {
  return mapTask(weighing)({ parcel: parcels });
});

const approved = { release: { approved: true, comment: "at last" } };
const size = { width: 3, tags: [{ name: "wide" }], label: "frame" };

export const examples: readonly Example[] = [
  { workflow: "patient", input: {}, output: "done" },
  { workflow: "spaced", input: { looks: 1 }, output: 0 },
  { workflow: "reminders", input: {}, output: ["Ada", "Ada"] },
  { workflow: "reminders", input: { seconds: 0 }, output: ["Ada", "Ada"] },
  { workflow: "reminders", input: { until: "tomorrow" }, error: "States.QueryEvaluationError: " },
  { workflow: "reminders", input: { seconds: 0.5 }, error: "States.QueryEvaluationError: " },
  { workflow: "releasing", input: {}, answers: approved, output: "published: news" },
  {
    workflow: "releasing",
    input: {},
    answers: { release: { approved: false, by: "Ada" } },
    output: { refusedBy: "Ada" },
  },
  { workflow: "releasing", input: {}, answers: { release: { approved: false } }, output: { refusedBy: null } },
  {
    workflow: "releasing",
    input: {},
    answers: { release: { approved: "yes" } },
    error: "InvalidAnswer: the answer to release: it.approved must be of type boolean, not string",
  },
  { workflow: "framing", input: {}, answers: { size }, output: { framed: "frame: 3", first: "wide" } },
  {
    workflow: "framing",
    input: {},
    answers: { size: { ...size, width: null, tags: [{ name: "a" }, { name: 2 }, {}] } },
    error:
      "InvalidAnswer: the answer to size: it.width must be of type number, not null; it.tags[1].name must be of type string, not number; it.tags[2].name must be of type string, not missing",
  },
  {
    workflow: "framing",
    input: {},
    answers: { size: { ...size, width: { $stored: "secret" } } },
    error: "InvalidAnswer: the answer to size: it has a field with the name of one of Lambent's marks",
  },
  {
    workflow: "asking",
    input: {},
    answers: { colour: "red", late: "never" },
    output: { colour: "red", late: "never" },
  },
  { workflow: "asking", input: {}, answers: { colour: "red", late: undefined }, error: "States.Timeout: " },
  { workflow: "weighing", input: {}, answers: { measure: { grams: 5 } }, output: 5 },
  { workflow: "weighAll", input: {}, answers: { measure: { grams: 7 } }, output: [7, 7] },
];
