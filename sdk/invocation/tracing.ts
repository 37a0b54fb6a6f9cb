/** Where all copies of `@opentelemetry/api` of major version 1 keep what is set up. */
export const OPEN_TELEMETRY: unique symbol = Symbol.for("opentelemetry.js.api.1") as never; // a type of its own

// Read once, since reading an environment variable takes longer than a cache hit.
const daemon = process.env["AWS_XRAY_DAEMON_ADDRESS"];

/** `_X_AMZN_TRACE_ID` of the invocation that runs, where X-Ray's daemon is. */
export function xRayHeader(): string | undefined {
  return daemon === undefined ? undefined : process.env["_X_AMZN_TRACE_ID"];
}

/** How spans that have not been sent are: set where there may be some. */
export const unsent: { flush?: (() => Promise<void>) | undefined } = {};

/** Whether there is anything that takes traces: OpenTelemetry, or X-Ray, which records the invocation that runs. */
export function isTraced(): boolean {
  return OPEN_TELEMETRY in globalThis || xRayHeader()?.includes("Sampled=1") === true;
}
