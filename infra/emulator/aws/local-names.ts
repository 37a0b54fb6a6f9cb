/** Whether a host is this machine or another one of a network of containers, which `http:` may go to. */
export function isLocalName(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "");
  if (/^(?:127\.\d+\.\d+\.\d+|::1)$/.test(name)) return true;
  // No server on the internet has a name of one word.
  if (/^[a-z0-9_-]+$/i.test(name)) return !/^\d+$/.test(name);
  return (
    /\.(?:localhost|localhost\.localstack\.cloud|docker\.internal)$/i.test(name) ||
    name === "localhost.localstack.cloud"
  );
}
