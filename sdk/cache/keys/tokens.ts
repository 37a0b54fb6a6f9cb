/**
 * A key is a sequence of tokens. A primitive argument is its own token and is compared by value. An object without a
 * value to compare (a function, an instance of a class without `equals`) is its own token too and is compared by
 * identity. All other differences between keys (property names, lengths, classes) are written as instances of
 * this class. They never leave the cache, so no argument can be one. Hence two different argument lists never give
 * the same sequence, and no hash or text stands for a key.
 */
export abstract class PrivateToken {
  /** For TypeScript alone, which compares classes by their members: without one, any object would pass for a token. */
  abstract readonly token: string;
}

/** Whether a token is an argument's object or function, compared by identity. */
export function isComparedByIdentity(token: unknown): token is object {
  return (
    typeof token === "function" || (typeof token === "object" && token !== null && !(token instanceof PrivateToken))
  );
}

/** A token that is the same in all caches, such as "here begins an array". */
export class NamedToken extends PrivateToken {
  readonly token: string;
  constructor(token: string) {
    super();
    this.token = token;
  }
}

/** A token that one cache has made, and keeps as long as a key in its trie contains it. */
export abstract class InternedToken extends PrivateToken {
  /** How often it occurs in the trie: as a node's token or in a leaf's tail. */
  uses = 0;
  /** An estimate of what it takes in memory. */
  abstract readonly bytes: number;
  /** Called when `uses` has come down to 0: the object that made it drops it. */
  abstract release(): void;
}
