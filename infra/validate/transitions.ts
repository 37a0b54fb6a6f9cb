import { type Findings, type Members, membersOf } from "./diagnostics.ts";

interface Target {
  readonly name: string;
  readonly at: string;
}

/** Every place that a state may go to, in the order of its fields. */
function targetsOf(state: Members, at: string): Target[] {
  const targets: Target[] = [];
  function add(name: unknown, place: string): void {
    if (typeof name === "string") targets.push({ name, at: place });
  }
  add(state.get("Next"), `${at}/Next`);
  for (const list of ["Choices", "Catch"]) {
    const entries = state.get(list);
    if (!Array.isArray(entries)) continue;
    for (const [index, entry] of entries.entries()) add(membersOf(entry)?.get("Next"), `${at}/${list}[${index}]/Next`);
  }
  add(state.get("Default"), `${at}/Default`);
  return targets;
}

/** Whether an execution can end in this state. */
function isTerminal(state: Members): boolean {
  return state.get("End") === true || state.get("Type") === "Succeed" || state.get("Type") === "Fail";
}

/** Targets that are missing, states that nothing leads to, and a block that never ends. */
export function checkTransitions(
  startAt: unknown,
  states: ReadonlyMap<string, Members>,
  at: string,
  findings: Findings,
): void {
  const code = "MISSING_TRANSITION_TARGET";
  const block = at === "/" ? "" : at;
  if (typeof startAt === "string" && !states.has(startAt)) {
    findings.error(`Missing 'Next' target: ${startAt}`, `${block}/StartAt`, code);
  }
  const reached = new Set<string>();
  const next = typeof startAt === "string" ? [startAt] : [];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    const state = states.get(name);
    if (state === undefined || reached.has(name)) continue;
    reached.add(name);
    for (const target of targetsOf(state, "")) next.push(target.name);
  }
  for (const [name, state] of states) {
    for (const target of targetsOf(state, `${block}/States/${name}`)) {
      if (!states.has(target.name)) findings.error(`Missing 'Next' target: ${target.name}`, target.at, code);
    }
  }
  if (states.size > 0 && ![...states.values()].some(isTerminal)) {
    findings.error("Workflow has no terminal state", undefined, "MISSING_END_STATE");
    return;
  }
  for (const name of states.keys()) {
    if (!reached.has(name)) findings.error(`State "${name}" is not reachable.`, `${block}/States/${name}`, code);
  }
}
