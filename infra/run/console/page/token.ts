// The token that requests have to carry where the server was started with --token. It is this tab's alone, and it comes
// by the page's own form or in the address's fragment (`#token=…`), which browsers send to nobody.

import { decoded } from "./routes.ts";

const KEY = "lambent-token";

/**
 * Take the token out of the address, so that it is neither seen nor kept in the history.
 * @returns false if it has none, or one that no request can carry
 */
export function takeTokenFromAddress(): boolean {
  const [, token] = /^#token=([^&]+)/.exec(location.hash) ?? [];
  if (token === undefined) return false;
  history.replaceState(null, "", location.pathname);
  return keepToken(decoded(token));
}

/** @returns false if no request can carry it, as no header has characters beyond Latin-1; then it is not kept */
export function keepToken(token: string): boolean {
  try {
    void new Headers(headersOf(token));
  } catch {
    return false;
  }
  sessionStorage.setItem(KEY, token);
  return true;
}

/** Whether this tab has one, be it the server's or not. */
export function hasToken(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

/** The headers by which a request is let in. */
export function tokenHeaders(): Record<string, string> {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : headersOf(token);
}

function headersOf(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
