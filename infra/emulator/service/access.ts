import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import { LambentError } from "../../../sdk/base/errors.ts";
import { ApiError } from "../kernel/api-error.ts";

/**
 * Who may send requests to the emulator.
 * @example
 * const access: AccessOptions = { host: "0.0.0.0", allowHosts: ["stepfunctions"], token: "s3cret" };
 */
export interface AccessOptions {
  /** The address that is listened at. Default 127.0.0.1: nothing outside this machine can reach the emulator. */
  readonly host?: string;
  /** Further names by which clients call the emulator, as `stepfunctions` in a network of containers. */
  readonly allowHosts?: readonly string[];
  /** What every request has to carry: AWS's clients send it as their session token (`AWS_SESSION_TOKEN`). */
  readonly token?: string;
  /** Whoever reaches an address beyond this machine may do everything. */
  readonly insecure?: boolean;
}

/** What a request has to pass. Both throw an {@link ApiError} of 403, or 400 for several Host headers. */
export interface Guard {
  /** It names the emulator, and does not come from a page of another origin. */
  refuseForeign(request: IncomingMessage): void;
  /** It carries the token, if there is one. */
  refuseWithoutToken(request: IncomingMessage): void;
}

export const DEFAULT_HOST = "127.0.0.1";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

/**
 * Whoever can send requests runs code on this machine, and a browser sends them for any page that is open in it. So a
 * request must name the emulator by an address or name that is the emulator's own, since the name of an attacker's site
 * can lead here too (DNS rebinding), and must not come from a page of another site.
 * @throws {LambentError} if other machines could reach the emulator, and neither a token nor `insecure` is given
 */
export function guard(options: AccessOptions): Guard {
  const { host = DEFAULT_HOST, allowHosts = [], token, insecure = false } = options;
  if (token === "") throw new LambentError("The token that requests have to carry must not be empty");
  if (!isLoopback(host) && token === undefined && !insecure) throw exposed(host);
  const names = new Set([host, ...allowHosts].map(readAllowedHost));
  const expected = token === undefined ? undefined : digest(token);
  function isOwn(name: string): boolean {
    // An address cannot be made to lead elsewhere: where all are listened at, all are the emulator's own.
    return isLoopback(name) || names.has(name) || (isWildcard(host) && isIP(name) !== 0);
  }
  return {
    refuseForeign(request) {
      const requested = requestedHost(request);
      refuseForeignHost(requested, isOwn);
      refuseForeignPage(request, requested);
    },
    refuseWithoutToken(request) {
      if (expected !== undefined) refuseWithoutToken(request, expected);
    },
  };
}

/**
 * What is said at the start of an emulator that other machines can reach.
 * @returns a sentence; `undefined` if only this machine can reach it
 * @example
 * const said = exposure({ host: "0.0.0.0", token: "s3cret" });
 * if (said !== undefined) console.log(said);
 */
export function exposure({ host = DEFAULT_HOST, token }: AccessOptions): string | undefined {
  if (isLoopback(host)) return undefined;
  const who = token === undefined ? "everybody who reaches it" : "whoever sends the token";
  const where = isWildcard(host) ? "all addresses of this machine" : host;
  return `Listening at ${where}: ${who} may create and run state machines and invoke functions here`;
}

/** Whether only this machine can reach the address or name. */
function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family !== 0) return LOOPBACK.check(host, family === 6 ? "ipv6" : "ipv4");
  return host === "localhost" || host.endsWith(".localhost");
}

/** Whether every address of this machine is meant. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function exposed(host: string): LambentError {
  return new LambentError(
    `Listening at ${host} lets every machine that reaches this one create and run state machines and invoke functions here. ` +
      "Give --token SECRET, which clients send as their session token (AWS_SESSION_TOKEN=SECRET), or --insecure if all of them are trusted " +
      "(in serverless.yml: offline.token or offline.insecure in the lambent block)",
  );
}

function readAllowedHost(text: string): string {
  const name = hostName(text);
  if (name !== undefined) return name;
  throw new LambentError(
    `'${text}' is not the name of a host: write it as clients do, such as stepfunctions or 192.168.1.5`,
  );
}

/** The name in a Host header, as browsers would write it: without port and brackets, in lower case. */
function hostName(host: string): string | undefined {
  try {
    const address = isIP(host) === 6 ? `[${host}]` : host;
    const { hostname, pathname, search, hash: fragment } = new URL(`http://${address}`);
    if (`${pathname}${search}${fragment}` !== "/" || /[*@]/.test(host)) return undefined;
    return hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

/**
 * The host that a request is for. A request target that is a whole URL counts instead of the Host header (RFC 9112,
 * 3.2.2).
 * @throws {ApiError} 400 if there are several Host headers, of which a server before this one may have heeded another
 */
function requestedHost({ url = "", headers: { host = "" }, headersDistinct }: IncomingMessage): string {
  if ((headersDistinct["host"]?.length ?? 0) > 1) throw denied("The request has more than one Host header", 400);
  const [, authority] = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  return authority ?? host;
}

function refuseForeignHost(host: string, isOwn: (name: string) => boolean): void {
  // AWS's clients put `sync-` before the host of two operations.
  const name = hostName(host.replace(/^sync-/, ""));
  if (name !== undefined && isOwn(name)) return;
  throw denied(
    `The request is for the host '${host}', which is not a name of this emulator, as when a web page has its own name lead here. ` +
      `If it is meant: --allow-host ${name ?? "NAME"}, or offline.allowHosts in the lambent block of serverless.yml`,
  );
}

function refuseForeignPage({ headers }: IncomingMessage, host: string): void {
  const { origin } = headers;
  const site = headers["sec-fetch-site"];
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
    throw denied(
      `The request comes from a web page of ${origin}; this emulator takes none from pages of other origins`,
    );
  if (site === "cross-site" || site === "same-site")
    throw denied("The request comes from a web page of another origin (Sec-Fetch-Site); this emulator takes none");
}

function refuseWithoutToken({ headers }: IncomingMessage, expected: Buffer): void {
  const [, bearer] = /^Bearer +(.+)$/i.exec(headers.authorization ?? "") ?? [];
  const given = bearer ?? headers["x-amz-security-token"];
  if (typeof given === "string" && timingSafeEqual(digest(given), expected)) return;
  throw denied(
    "The request does not carry this emulator's token: set AWS_SESSION_TOKEN to it, or send the header Authorization: Bearer",
  );
}

function denied(message: string, status = 403): ApiError {
  return new ApiError("AccessDeniedException", message, {}, status);
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
