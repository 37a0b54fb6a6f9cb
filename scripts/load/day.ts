import { StepFunctions } from "../../infra/emulator/index.ts";
import { garbageCollector } from "./garbage.ts";
import { growthOf, type Growth, type Sample } from "./growth.ts";

const DAY_SECONDS = 86_400;
/** Executions that are started together. The day has as many moments for that as they make of all. */
const TOGETHER = 1000;
/** Executions of which the emulator remembers the histories. */
const KEPT = 1000;
/** Executions between two looks at the memory. */
const BETWEEN_LOOKS = 10_000;
/** The rise, as a part of the memory, up to which it counts as flat. */
const FLAT = 0.02;

/** What Lambda says beside the payload. */
const ANSWER = { statusCode: 200, executedVersion: "1", requestId: "load" };

/** What a day left. */
export interface DayReport {
  readonly executions: number;
  /** Seconds that the executions' own clock went on. */
  readonly virtualSeconds: number;
  /** Seconds that it took. */
  readonly seconds: number;
  /** Executions that did not return what they should. */
  readonly wrong: number;
  /** Memory in use after a collection of garbage. */
  readonly heap: Growth;
}

/** A state machine waits for its time of the day, has a function called, and gives what the function gave. */
function definition(wait: number): string {
  return JSON.stringify({
    QueryLanguage: "JSONata",
    StartAt: "Wait",
    States: {
      Wait: { Type: "Wait", Seconds: wait, Next: "Call" },
      Call: {
        Type: "Task",
        Resource: "arn:aws:lambda:us-east-1:000000000000:function:double",
        Arguments: "{% $states.input %}",
        Next: "Kept",
      },
      Kept: { Type: "Pass", Output: { twice: "{% $states.input %}" }, End: true },
    },
  });
}

/**
 * So many executions within one day by their clock, which jumps over the waits.
 * @param executions at least 50,000, or the memory is looked at too seldom
 */
export async function runDay(executions: number): Promise<DayReport> {
  const collectGarbage = garbageCollector();
  const functions = {
    invoke: ({ payload }: { payload: string }) =>
      Promise.resolve({ ...ANSWER, payload: JSON.stringify(2 * Number(payload)) }),
  };
  const states = new StepFunctions({ functions, skipWaits: true, keep: KEPT });
  const wait = Math.ceil(DAY_SECONDS / (executions / TOGETHER));
  const { stateMachineArn } = states.createStateMachine({
    name: "day",
    definition: definition(wait),
    roleArn: "arn:aws:iam::000000000000:role/load",
  });
  const samples: Sample[] = [];
  const began = performance.now();
  const bounds = { first: Number.POSITIVE_INFINITY, last: 0 };
  let wrong = 0;
  for (let ended = 0; ended < executions; ended += TOGETHER) {
    const arns = Array.from(
      { length: TOGETHER },
      (_, index) => states.startExecution({ stateMachineArn, input: String(ended + index) }).executionArn,
    );
    const all = await Promise.all(arns.map((arn) => states.executionEnd(arn)));
    wrong += all.filter(({ output }, index) => output !== JSON.stringify({ twice: 2 * (ended + index) })).length;
    for (const { startDate, stopDate } of all) {
      bounds.first = Math.min(bounds.first, startDate.getTime());
      bounds.last = Math.max(bounds.last, stopDate?.getTime() ?? 0);
    }
    if ((ended + TOGETHER) % BETWEEN_LOOKS > 0 || ended < BETWEEN_LOOKS) continue; // what is filled once is filled then
    collectGarbage();
    samples.push({ seconds: (performance.now() - began) / 1000, bytes: process.memoryUsage().heapUsed });
  }
  return {
    executions,
    virtualSeconds: (bounds.last - bounds.first) / 1000,
    seconds: (performance.now() - began) / 1000,
    wrong,
    heap: growthOf(samples, FLAT),
  };
}
