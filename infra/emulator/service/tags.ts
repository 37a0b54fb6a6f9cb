import { ApiError } from "../errors.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

type Empty = Record<string, never>;
const MOST_TAGS = 50;

/** The tags of state machines and activities. */
export class Tags {
  readonly #tags = new Map<string, Map<string, string>>();
  readonly #exists: (arn: string) => boolean;

  constructor(exists: (arn: string) => boolean) {
    this.#exists = exists;
  }

  tag({ resourceArn, tags }: { readonly resourceArn: string; readonly tags: readonly Tag[] }): Empty {
    const all = new Map(this.#of(resourceArn));
    for (const { key, value } of tags) all.set(key, value);
    if (all.size > MOST_TAGS)
      throw new ApiError("TooManyTags", `Too many tags: at most ${MOST_TAGS}`, { resourceName: resourceArn });
    this.#tags.set(resourceArn, all);
    return {};
  }

  untag({ resourceArn, tagKeys }: { readonly resourceArn: string; readonly tagKeys: readonly string[] }): Empty {
    const all = this.#of(resourceArn);
    for (const key of tagKeys) all.delete(key);
    return {};
  }

  list({ resourceArn }: { readonly resourceArn: string }): { readonly tags: readonly Tag[] } {
    return { tags: [...this.#of(resourceArn)].map(([key, value]) => ({ key, value })) };
  }

  #of(arn: string): Map<string, string> {
    if (!this.#exists(arn))
      throw new ApiError("ResourceNotFound", `Resource not found: '${arn}'`, { resourceName: arn });
    return this.#tags.get(arn) ?? new Map<string, string>();
  }
}
