import { heartbeats } from "../../sdk/invocation/heartbeat.ts";
import type { TaskTokens } from "../emulator/service/task-tokens.ts";

/** Those of the runs in this process that have not ended. */
const running = new Set<TaskTokens>();

/** Have heartbeats of tasks in this process reach the run that their token is of. @returns ends that */
export function takeHeartbeats(tokens: TaskTokens): () => void {
  running.add(tokens);
  heartbeats.take = async (taskToken) => {
    const all = [...running];
    const own = all.find((one) => [...one.pending()].some((task) => task.taskToken === taskToken)) ?? all[0];
    own?.heartbeat({ taskToken }); // or tells why not
  };
  return () => {
    running.delete(tokens);
    if (running.size === 0) heartbeats.take = undefined;
  };
}
