// The token that requests have to carry where the server was started with --token. It is this tab's alone, and it comes
// by the page's own form or in the address's fragment (`#token=…`), which browsers send to nobody.

const KEY = "lambent-token";

/** Take the token out of the address, so that it is neither seen nor kept in the history. False: it has none. */
export function takeTokenFromAddress(): boolean {
  const [, token] = /^#token=([^&]+)/.exec(location.hash) ?? [];
  if (token === undefined) return false;
  keepToken(decodeURIComponent(token));
  history.replaceState(null, "", location.pathname);
  return true;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

/** The headers by which a request is let in. */
export function tokenHeaders(): Record<string, string> {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
