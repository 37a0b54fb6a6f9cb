import { useEffect } from "preact/hooks";
import { Store, useStore } from "./store.ts";

/** A place in the page, as the address's fragment names it. */
export interface Route {
  /** `state-machines`, `executions`, … */
  readonly view: string;
  /** The ARN of what is looked at. */
  readonly arn?: string;
  readonly query: Readonly<Record<string, string>>;
}

const route: Store<Route> = new Store<Route>(routeIn(location.hash));
addEventListener("hashchange", () => (route.value = routeIn(location.hash)));

export function useRoute(): Route {
  return useStore(route);
}

/** @param hash `#/executions/arn%3A…?tab=events` */
export function routeIn(hash: string): Route {
  // `#token=…` is no place: token.ts takes it.
  const [path = "", search = ""] = hash.replace(/^#(?:token=.*|\/?)/, "").split("?");
  const [view = "", arn] = path.split("/");
  const query = Object.fromEntries(new URLSearchParams(search));
  return { view: view === "" ? "state-machines" : view, ...(arn ? { arn: decoded(arn) } : {}), query };
}

/** What cannot be decoded was written by hand, and is taken as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function linkTo(view: string, arn?: string, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `#/${view}${arn === undefined ? "" : `/${encodeURIComponent(arn)}`}${search === "" ? "" : `?${search}`}`;
}

export function go(to: string): void {
  location.hash = to;
}

/** The document's title is the view's. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Lambent`;
  }, [title]);
}
