import { Store } from "./store.ts";

/** What screen readers are told, and those who see at the page's lower side, for a while. */
export const announcement: Store<string> = new Store("");

let timer = 0;

export function announce(text: string): void {
  announcement.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => (announcement.value = ""), 6000);
}
