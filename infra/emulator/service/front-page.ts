import type { IncomingMessage, ServerResponse } from "node:http";

/** A line of the page: what it is about, and an address or a command. */
interface Row {
  readonly label: string;
  readonly text: string;
  readonly link?: string;
}

const TITLE = "Lambent's emulator: the API of AWS Step Functions, on this machine.";

/** Nothing is loaded, and no other page may show it in a frame. */
const HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  vary: "accept",
} as const;

/** Whether the server's own address is asked for, and not an operation of the API. */
export function isFrontPage({ method, url = "", headers }: IncomingMessage): boolean {
  if ((method !== "GET" && method !== "HEAD") || headers["x-amz-target"] !== undefined) return false;
  return /^\/?(?:\?|$)/.test(url.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, ""));
}

/**
 * Says what the server is and where its console is: to browsers as HTML, to others as text. There is nothing of what is
 * served in it, since it is told to whoever may ask without a token.
 * @param console the console's path, if the server has one
 */
export function answerFrontPage(request: IncomingMessage, response: ServerResponse, console?: string): void {
  const isHtml = (request.headers.accept ?? "").includes("text/html");
  const rows = rowsOf(`http://${request.headers.host ?? "127.0.0.1"}`, console);
  const body = isHtml ? html(rows) : plain(rows);
  response.writeHead(200, {
    ...HEADERS,
    "content-type": `text/${isHtml ? "html" : "plain"}; charset=utf-8`,
    "content-length": Buffer.byteLength(body),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function rowsOf(server: string, console: string | undefined): readonly Row[] {
  return [
    ...(console === undefined ? [] : [{ label: "Console", text: `${server}${console}`, link: console }]),
    { label: "AWS CLI", text: `aws stepfunctions list-state-machines --endpoint-url ${server}` },
    { label: "AWS SDKs", text: `AWS_ENDPOINT_URL_SFN=${server}` },
    { label: "Token", text: "AWS_SESSION_TOKEN, if the server was started with one" },
  ];
}

function plain(rows: readonly Row[]): string {
  const lines = rows.map(({ label, text }) => `${label.padEnd(10)}${text}`);
  return `${TITLE}\n\n${lines.join("\n")}\n`;
}

function html(rows: readonly Row[]): string {
  const items = rows.map(({ label, text, link }) => {
    const shown = link === undefined ? `<code>${escaped(text)}</code>` : `<a href="${link}">${escaped(text)}</a>`;
    return `<dt>${label}</dt><dd>${shown}</dd>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Lambent's emulator</title>
<h1>Lambent's emulator</h1>
<p>${TITLE}</p>
<dl>
${items.join("\n")}
</dl>
</html>
`;
}

/** The name comes from the request. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
