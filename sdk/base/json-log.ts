type ConsoleLevels = Readonly<
  Record<"trace", "TRACE"> &
    Record<"debug", "DEBUG"> &
    Record<"log" | "info", "INFO"> &
    Record<"warn", "WARN"> &
    Record<"error", "ERROR">
>;

/** The methods of `console` that Lambda's runtime takes over, and the level of each. */
export const CONSOLE_LEVELS: ConsoleLevels = {
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
};

/** In order, with the one that only Lambda's own `console.fatal` has. */
const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** Whether a function's logs are JSON: its `LogFormat`. */
export function logsAreJson({ AWS_LAMBDA_LOG_FORMAT: format }: Readonly<Record<string, string | undefined>>): boolean {
  return format?.toUpperCase() === "JSON";
}

/**
 * Whether Lambda's runtime writes what has this level.
 * @param least `AWS_LAMBDA_LOG_LEVEL`, the function's `ApplicationLogLevel`
 */
export function isLogged(level: string, least: string | undefined): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least?.toUpperCase() ?? "TRACE");
}

/**
 * What a method of `console` writes where a function's logs are JSON, as Lambda's runtime for Node makes it: one value as
 * it is, several as a text, and of an error among several its class, message and stack beside them.
 * @param values what the method was called with
 * @param fields more of the line, after the runtime's own
 */
export function jsonLogLine(
  level: string,
  requestId: string | undefined,
  values: readonly unknown[],
  fields: Readonly<Record<string, unknown>> = {},
): string {
  const { format } = process.getBuiltinModule("node:util");
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (values.length <= 1) {
    try {
      return JSON.stringify({ ...line, message: values[0], ...fields }, (_, value: unknown) =>
        value instanceof Error ? { ...errorFields(value), ...value } : value,
      );
    } catch {
      return JSON.stringify({ ...line, message: format(values[0]), ...fields });
    }
  }
  const error = values.slice(1).find((value) => value instanceof Error);
  return JSON.stringify({
    ...line,
    message: format(...values),
    ...(error === undefined ? {} : errorFields(error)),
    ...fields,
  });
}

function errorFields(error: Error): object {
  const { stack, message, constructor } = error;
  return {
    errorType: constructor?.name ?? "UnknownError",
    errorMessage: message,
    stackTrace: typeof stack === "string" ? stack.split("\n") : [],
  };
}
