/** What the function of the plain tasks is called, where an actor would have its own name. */
export const PLAIN_TASKS = "tasks";

/** The alias that state machines invoke. Provisioned concurrency sits on it, never on $LATEST. */
export const ALIAS = "live";

/** What a function's name becomes for one of its actor's replicas. */
export function replicaName(name: string, replica: number | undefined): string {
  return replica === undefined ? name : `${name}-${replica}`;
}
