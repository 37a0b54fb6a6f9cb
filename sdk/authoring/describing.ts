import { parentPort } from "node:worker_threads";
import { loading } from "./loading.ts";

// Imported before the author's modules where they are described: what they could not do in a replica is refused, and
// the thread that waits for it knows which workflow is being traced, since one that never ends cannot tell any more.
loading.toDescribe = true;
loading.onTrace = (workflow) => parentPort?.postMessage({ tracing: workflow }, []);
