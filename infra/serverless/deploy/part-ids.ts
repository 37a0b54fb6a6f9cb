/** The logical id of a further state machine of a workflow whose graph is too large for one definition. */
export function partId(id: string, part: number): string {
  return `${id}Part${part}`;
}

/** Of such an id that of the workflow's own state machine, and the number. */
export function partOf(id: string): { readonly id: string; readonly part: number } | undefined {
  const [, of, part] = /^(\w+StateMachine)Part(\d+)$/.exec(id) ?? [];
  return of === undefined ? undefined : { id: of, part: Number(part) };
}
