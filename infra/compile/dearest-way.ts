/** A directed graph of states, as far as it matters here. */
export interface Ways<C> {
  /** What a visit costs. */
  cost(state: string): C;
  /** The states that may come next; none after the last. */
  next(state: string): readonly string[];
  /** How often a loop's states are visited. @param head the state by which the loop is entered */
  rounds(head: string): number;
  readonly costs: Costs<C>;
}

/** How costs are added up. */
export interface Costs<C> {
  readonly nothing: C;
  add(first: C, next: C): C;
  times(cost: C, factor: number): C;
  /** By which the dearest is found. */
  weight(cost: C): number;
}

/** Costs that are numbers. */
export const NUMBERS: Costs<number> = {
  nothing: 0,
  add: (first, next) => first + next,
  times: (cost, factor) => cost * factor,
  weight: (cost) => cost,
};

/** The dearest way from a state to an end. */
export interface DearestWay<C> {
  readonly cost: C;
  /** In the order in which they are visited, each once, with what it costs to go on from it to the end. */
  readonly states: readonly { readonly name: string; readonly rest: C }[];
}

/** What it costs to go on to the end. Where no way leads, absent. */
interface Rest<C> {
  readonly cost: C;
  readonly next: string | undefined;
}

type RestOf<C> = (state: string) => Rest<C> | undefined;

/** Of the ways from a state to an end the dearest; a loop on it is gone round as often as `rounds` says. */
export function dearestWay<C>(start: string, ways: Ways<C>): DearestWay<C> {
  const rests = new Map<string, Rest<C>>();
  for (const loop of loops(start, ways.next)) addRests(loop, ways, rests, (state) => rests.get(state));
  const states = new Map<string, C>();
  let name: string | undefined = start;
  while (name !== undefined && !states.has(name)) {
    const rest = rests.get(name);
    states.set(name, rest?.cost ?? ways.costs.nothing);
    name = rest?.next;
  }
  return {
    cost: rests.get(start)?.cost ?? ways.costs.nothing,
    states: Array.from(states, ([name, rest]) => ({ name, rest })),
  };
}

/** Adds what it costs to go on to the end from each state of a loop, or from the one state that is in none. */
function addRests<C>(states: readonly string[], ways: Ways<C>, rests: Map<string, Rest<C>>, restOf: RestOf<C>): void {
  const { costs } = ways;
  const [head = ""] = states;
  const isLoop = states.length > 1 || ways.next(head).includes(head);
  if (!isLoop) {
    setRest(rests, head, restFrom(head, ways, restOf));
    return;
  }
  const end: Rest<C> = { cost: costs.nothing, next: undefined };
  const lap = restsWithin(states, ways, (state) => (state === head ? end : undefined));
  const out = restsWithin(states, ways, (state) => (state === head ? undefined : restOf(state)));
  for (const [state, rest] of out) rests.set(state, rest);
  const [once, around, rounds] = [out.get(head), lap.get(head), ways.rounds(head)];
  if (once === undefined || around === undefined || rounds <= 1) return;
  rests.set(head, { ...once, cost: costs.add(costs.times(around.cost, rounds - 1), once.cost) });
}

/**
 * What it costs to go on from each state of a loop, when it is not entered again.
 * @param end tells it of the loop's head, and of the states outside
 */
function restsWithin<C>(loop: readonly string[], ways: Ways<C>, end: RestOf<C>): Map<string, Rest<C>> {
  const [head = "", ...others] = loop;
  const inner = new Set(others);
  const rests = new Map<string, Rest<C>>();
  function restOf(state: string): Rest<C> | undefined {
    return inner.has(state) ? rests.get(state) : end(state);
  }
  for (const part of loops(head, (state) => ways.next(state).filter((next) => inner.has(next)))) {
    if (part.includes(head)) setRest(rests, head, restFrom(head, ways, restOf));
    else addRests(part, ways, rests, restOf);
  }
  return rests;
}

function setRest<C>(rests: Map<string, Rest<C>>, state: string, rest: Rest<C> | undefined): void {
  if (rest !== undefined) rests.set(state, rest);
}

function restFrom<C>(state: string, { cost, costs, next }: Ways<C>, restOf: RestOf<C>): Rest<C> | undefined {
  const nexts = next(state);
  if (nexts.length === 0) return { cost: cost(state), next: undefined };
  let dearest: Rest<C> | undefined;
  for (const one of nexts) {
    const rest = restOf(one);
    if (rest === undefined) continue;
    if (dearest === undefined || costs.weight(rest.cost) > costs.weight(dearest.cost))
      dearest = { cost: rest.cost, next: one };
  }
  return dearest === undefined ? undefined : { ...dearest, cost: costs.add(cost(state), dearest.cost) };
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
