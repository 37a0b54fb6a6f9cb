/** A directed graph of states, as far as it matters here. */
export interface Ways {
  /** What a visit costs. */
  cost(state: string): number;
  /** The states that may come next; none after the last. */
  next(state: string): readonly string[];
  /** How often the states of a loop are visited. */
  readonly rounds: number;
}

/** The dearest way from a state to an end. */
export interface DearestWay {
  readonly cost: number;
  /** In the order in which they are visited, each once. */
  readonly states: readonly string[];
}

interface Rest {
  readonly cost: number;
  readonly next: string | undefined;
}

/** Where no way leads. */
const NOWHERE: Rest = { cost: Number.NEGATIVE_INFINITY, next: undefined };

/** Of the ways from a state to an end the dearest; a loop on it is gone round as often as `rounds` says. */
export function dearestWay(start: string, ways: Ways): DearestWay {
  const rests = new Map<string, Rest>();
  for (const loop of loops(start, ways.next)) addRests(loop, ways, rests, (state) => rests.get(state) ?? NOWHERE);
  const states: string[] = [];
  for (let at: string | undefined = start; at !== undefined && !states.includes(at); at = rests.get(at)?.next)
    states.push(at);
  return { cost: rests.get(start)?.cost ?? 0, states };
}

/** Adds what it costs to go on to the end from each state of a loop, or from the one state that is in none. */
function addRests(
  states: readonly string[],
  ways: Ways,
  rests: Map<string, Rest>,
  restOf: (state: string) => Rest,
): void {
  const [head = ""] = states;
  const isLoop = states.length > 1 || ways.next(head).includes(head);
  if (!isLoop) {
    rests.set(head, restFrom(head, ways, restOf));
    return;
  }
  const lap = restsWithin(states, ways, (state) => (state === head ? { cost: 0, next: undefined } : NOWHERE));
  const out = restsWithin(states, ways, (state) => (state === head ? NOWHERE : restOf(state)));
  for (const [state, rest] of out) rests.set(state, rest);
  const once = out.get(head) ?? NOWHERE;
  rests.set(head, { ...once, cost: once.cost + (ways.rounds - 1) * (lap.get(head)?.cost ?? 0) });
}

/**
 * What it costs to go on from each state of a loop, when it is not entered again.
 * @param end tells it of the loop's head, and of the states outside
 */
function restsWithin(loop: readonly string[], ways: Ways, end: (state: string) => Rest): Map<string, Rest> {
  const [head = "", ...others] = loop;
  const inner = new Set(others);
  const rests = new Map<string, Rest>();
  function restOf(state: string): Rest {
    return inner.has(state) ? (rests.get(state) ?? NOWHERE) : end(state);
  }
  for (const part of loops(head, (state) => ways.next(state).filter((next) => inner.has(next)))) {
    if (part.includes(head)) rests.set(head, restFrom(head, ways, restOf));
    else addRests(part, ways, rests, restOf);
  }
  return rests;
}

function restFrom(state: string, ways: Ways, restOf: (state: string) => Rest): Rest {
  const nexts = ways.next(state);
  if (nexts.length === 0) return { cost: ways.cost(state), next: undefined };
  let [dearest, next]: [Rest, string | undefined] = [NOWHERE, undefined];
  for (const one of nexts) {
    const rest = restOf(one);
    if (next === undefined || rest.cost > dearest.cost) [dearest, next] = [rest, one];
  }
  return { cost: ways.cost(state) + dearest.cost, next };
}

/**
 * The loops that can be come to, and each state that is in none as one of its own, by Tarjan's algorithm: what a loop
 * leads to comes before it, and in a loop the state by which it is entered first comes first. Without recursion, since a
 * definition may have some thousand states in a row.
 */
function loops(start: string, next: (state: string) => readonly string[]): string[][] {
  const found: string[][] = [];
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const calls: { readonly state: string; readonly nexts: readonly string[]; at: number }[] = [];
  function begin(state: string): void {
    numbers.set(state, numbers.size);
    lowest.set(state, numbers.size - 1);
    open.push(state);
    isOpen.add(state);
    calls.push({ state, nexts: next(state), at: 0 });
  }
  function lower(state: string, number: number | undefined): void {
    lowest.set(state, Math.min(lowest.get(state) ?? Infinity, number ?? Infinity));
  }
  begin(start);
  for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
    const { state } = call;
    const one = call.nexts[call.at++];
    if (one !== undefined) {
      if (!numbers.has(one)) begin(one);
      else if (isOpen.has(one)) lower(state, numbers.get(one));
      continue;
    }
    calls.pop();
    const caller = calls.at(-1);
    if (caller !== undefined) lower(caller.state, lowest.get(state));
    if (lowest.get(state) !== numbers.get(state)) continue;
    const loop = open.splice(open.indexOf(state));
    for (const member of loop) isOpen.delete(member);
    found.push(loop);
  }
  return found;
}
