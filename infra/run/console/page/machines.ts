import type { StateMachine, StateMachines } from "../api.ts";
import { live } from "./live.ts";
import { type Loaded, useLoaded } from "./loaded.ts";
import { read } from "./request.ts";
import { useStore } from "./store.ts";

/** The state machines that are served now. */
export function useMachines(): Loaded<readonly StateMachine[]> {
  const change = useStore(live, (now) => `${now.connections} ${now.stateMachines}`);
  return useLoaded("state-machines", change, async (signal) => {
    const { stateMachines } = await read<StateMachines>("state-machines", {}, signal);
    return stateMachines;
  });
}
