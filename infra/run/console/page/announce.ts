import { Store } from "./store.ts";

/** What screen readers are told, and at the page's lower side those who see, for a while. */
export interface Announcement {
  readonly text: string;
  /** Whether it stands elsewhere on the page, so that who sees needs it no second time. */
  readonly isHeardAlone: boolean;
}

const NOTHING: Announcement = { text: "", isHeardAlone: false };

export const announcement: Store<Announcement> = new Store(NOTHING);

let timer = 0;

export function announce(text: string, isHeardAlone: boolean = false): void {
  announcement.value = { text, isHeardAlone };
  clearTimeout(timer);
  timer = setTimeout(() => (announcement.value = NOTHING), 6000);
}
