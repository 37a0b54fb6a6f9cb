import { useEffect, useRef } from "preact/hooks";
import { announce } from "./announce.ts";
import { wordOf } from "./parts.tsx";

/** Tells that the execution which is looked at has ended, or goes on: once, and nothing of what is between. */
export function StatusNews({ status }: { readonly status: string }): null {
  const before = useRef(status);
  useEffect(() => {
    if (before.current !== status)
      announce(status === "RUNNING" ? "Execution is running again" : `Execution ${wordOf(status).toLowerCase()}`);
    before.current = status;
  }, [status]);
  return null;
}
