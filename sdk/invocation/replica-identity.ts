/** The replica that this process is, by what Lambda tells it. */
export function thisReplica(): { readonly id: string; readonly initializationType: string } {
  // Each instance writes to a log stream of its own: `2026/11/22/[1]<id>`. Lambda gives an instance no other identity.
  const { AWS_LAMBDA_LOG_STREAM_NAME: stream = "", AWS_LAMBDA_INITIALIZATION_TYPE: initializationType = "on-demand" } =
    process.env;
  return { id: stream.slice(stream.lastIndexOf("]") + 1) || String(process.pid), initializationType };
}
