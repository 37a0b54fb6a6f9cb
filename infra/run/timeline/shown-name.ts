/** Characters of a state's name that are shown. */
const NAME_SHOWN = 26;

/** A node's name as the graph has room for it. */
export function shownName(name: string): string {
  return name.length > NAME_SHOWN ? `${name.slice(0, NAME_SHOWN - 1)}…` : name;
}
