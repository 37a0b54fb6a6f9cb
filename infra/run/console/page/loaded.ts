import { useEffect, useRef, useState } from "preact/hooks";

/** What has come of a request. */
export interface Loaded<T> {
  /** The latest; it stays while it is asked for again, also if that fails. */
  readonly value?: T;
  readonly error?: Error;
  /** Ask again. */
  readonly reload: () => void;
}

/** Between two requests of the same thing: so many milliseconds at least, and so many times as long as it took. */
const [GAP, SHARE] = [250, 2];

/**
 * Load something, and again when it has changed, one request at a time: what takes long is asked for less often.
 * @param key of what is loaded: with another one, what was loaded is dropped
 * @param change another one: it has changed
 * @param load may show what it has before all is there
 */
export function useLoaded<T>(
  key: string,
  change: unknown,
  load: (signal: AbortSignal, show: (value: T) => void) => Promise<T>,
): Loaded<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: Error }>({ key });
  const latest = useRef(load);
  latest.current = load;
  const ask = useRef<() => void>(() => undefined);
  useEffect(() => {
    const gone = new AbortController();
    let [isBusy, isDue] = [false, false];
    function show(value: T): void {
      if (!gone.signal.aborted) setState({ key, value });
    }
    async function run(): Promise<void> {
      isBusy = true;
      isDue = false;
      const began = performance.now();
      try {
        show(await latest.current(gone.signal, show));
      } catch (error) {
        if (!gone.signal.aborted) setState((before) => ({ ...before, error: asError(error) }));
      }
      await pause(Math.max(GAP, SHARE * (performance.now() - began)));
      isBusy = false;
      if (isDue && !gone.signal.aborted) await run();
    }
    ask.current = () => {
      isDue = true;
      if (!isBusy) void run();
    };
    setState({ key });
    return () => gone.abort();
  }, [key]);
  useEffect(() => ask.current(), [key, change]);
  const { value, error } = state.key === key ? state : { value: undefined, error: undefined };
  return {
    ...(value === undefined ? {} : { value }),
    ...(error === undefined ? {} : { error }),
    reload: () => ask.current(),
  };
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Grows while something runs, for what changes without being told of. */
export function useTick(isRunning: boolean, ms: number): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setTick((before) => before + 1), ms);
    return () => clearInterval(timer);
  }, [isRunning, ms]);
  return tick;
}
