/** A place in the trie where keys part, reached from its parent by a token. */
export class Branch {
  readonly token: unknown;
  readonly parent: Branch | undefined;
  readonly tail: undefined = undefined;
  /** The only child; of several, the last one that stands for an object or its kind. */
  child: Place | undefined = undefined;
  /** All children, from the second on: one needs no Map. */
  children: Map<unknown, Place> | undefined = undefined;

  constructor(token: unknown, parent: Branch | undefined) {
    this.token = token;
    this.parent = parent;
  }
}

/** Where one key goes on alone. The path to here and the tail are its snapshot. What is kept under a key extends it. */
export class End {
  token: unknown = undefined;
  parent: Branch | undefined = undefined;
  /** The tokens after the one that leads here: side by side, they take a fraction of the memory of places. */
  tail: Tail | undefined = undefined;
}

export type Place = Branch | End;

/** A lone token that cannot be taken for a list stands without one, which would be a third of the memory of a key. */
export type Tail = readonly unknown[] | string | number | boolean;

export function tailOf(tokens: readonly unknown[], from: number): Tail | undefined {
  if (from >= tokens.length) return undefined;
  const first = tokens[from];
  const stands = typeof first === "string" || typeof first === "number" || typeof first === "boolean";
  return stands && from + 1 === tokens.length ? first : tokens.slice(from);
}

export function tokensOf(tail: Tail | undefined): readonly unknown[] {
  if (tail === undefined) return [];
  return typeof tail === "object" ? tail : [tail];
}

/** How far along the tail of the end that it has come to a walk is. An object, which generated code can share. */
export const walker = {
  /** Tokens of the tail that were followed. */
  followed: 0,
  /** Counts the keys that were taken up or parted: a walk in the middle of which that happens is lost. */
  changes: 0,
};

/** Where `token` leads from `place`. */
export function step(place: Place, token: unknown): Place | undefined {
  const { tail } = place;
  if (tail !== undefined) {
    const at = walker.followed++;
    if (typeof tail === "object") return tail[at] === token ? place : undefined;
    return tail === token && at === 0 ? place : undefined;
  }
  walker.followed = 0;
  // The marked place: no key ends within another, so that what is stepped from is a branch, or an end with its tail.
  const { children, child } = place as Branch;
  return child !== undefined && child.token === token ? child : children?.get(token);
}

/**
 * The end at which a walk has arrived. None if a key was taken up or parted since `changes` was read: an `equals`, or a
 * getter, that calls a cached function in the middle of a walk changes the trie under its feet.
 */
export function arrived<E extends End>(place: Place | undefined, changes: number): E | undefined {
  if (place === undefined || walker.changes !== changes) return undefined;
  const { tail } = place;
  if (tail !== undefined && walker.followed !== (typeof tail === "object" ? tail.length : 1)) return undefined;
  // The marked place: where a key's tokens are used up there is nothing but what `insert` put there.
  return place as End as E;
}
