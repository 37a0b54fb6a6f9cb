import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What collects all garbage of this process, so that what is in use then is what is kept. */
export function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void; // V8's function, of which TypeScript knows nothing
}
