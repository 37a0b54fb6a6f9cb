import { TAGS } from "../../../sdk/base/aws-limits.ts";
import { ApiError } from "../kernel/api-error.ts";
import { GIVEN_TAGS } from "./constraints.ts";

export interface Tag {
  readonly key: string;
  readonly value: string;
}

type Empty = Record<string, never>;

/** The tags of state machines and activities. */
export class Tags {
  readonly #tags = new Map<string, Map<string, string>>();
  readonly #exists: (arn: string) => boolean;
  readonly #changed: () => void;

  /** @param changed Called after every change. */
  constructor(exists: (arn: string) => boolean, changed: () => void) {
    this.#exists = exists;
    this.#changed = changed;
  }

  tag({ resourceArn, tags }: { readonly resourceArn: string; readonly tags: readonly Tag[] }): Empty {
    checkTags(tags, resourceArn);
    const all = new Map(this.#of(resourceArn));
    for (const { key, value } of tags) all.set(key, value);
    if (all.size > TAGS) throw tooMany(resourceArn);
    this.#tags.set(resourceArn, all);
    this.#changed();
    return {};
  }

  untag({ resourceArn, tagKeys }: { readonly resourceArn: string; readonly tagKeys: readonly string[] }): Empty {
    const all = this.#of(resourceArn);
    for (const key of tagKeys) all.delete(key);
    this.#changed();
    return {};
  }

  list({ resourceArn }: { readonly resourceArn: string }): { readonly tags: readonly Tag[] } {
    return { tags: [...this.#of(resourceArn)].map(([key, value]) => ({ key, value })) };
  }

  stored(): Readonly<Record<string, Readonly<Record<string, string>>>> {
    return Object.fromEntries([...this.#tags].map(([arn, tags]) => [arn, Object.fromEntries(tags)]));
  }

  restore(stored: Readonly<Record<string, Readonly<Record<string, string>>>>): void {
    this.#tags.clear();
    for (const [arn, tags] of Object.entries(stored)) this.#tags.set(arn, new Map(Object.entries(tags)));
  }

  #of(arn: string): Map<string, string> {
    if (!this.#exists(arn))
      throw new ApiError("ResourceNotFound", `Resource not found: '${arn}'`, { resourceName: arn });
    return this.#tags.get(arn) ?? new Map<string, string>();
  }
}

/** @throws {ApiError} for tags that no resource can be given */
export function checkTags(tags: readonly Tag[], resource: string): void {
  const keys = GIVEN_TAGS(tags, "tags").map(({ key }) => key);
  if (new Set(keys).size > TAGS) throw tooMany(resource);
}

function tooMany(resource: string): ApiError {
  return new ApiError("TooManyTags", `Too many tags: at most ${TAGS}`, { resourceName: resource });
}
