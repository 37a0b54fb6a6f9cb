/** Lambent's modules that call a task: what is beneath them is no frame of an author. */
const CALLS_TASKS = /[\\/](?:sdk[\\/]replica|handlers[\\/]invocation)\.[jt]s\b/;

/** How many lines of an error's stack come before those of what has called the task: all, if nothing says that. */
export function authorLines(trace: readonly string[]): number {
  const beneath = trace.findIndex((line) => /^\s*at /.test(line) && CALLS_TASKS.test(line));
  return beneath < 0 ? trace.length : beneath;
}
