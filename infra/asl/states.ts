import { isJsonObject, type Json } from "../../sdk/base/json.ts";

/** An object in a definition. */
export type Fields = { readonly [field: string]: Json | undefined };

/** `value` if it is an object; otherwise one without fields. */
export function fields(value: Json | undefined): Fields {
  return isJsonObject(value) ? value : {};
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** The definitions within a state: a Parallel's branches, a Map's item processor, by its former name `Iterator` too. */
export function innerDefinitions(state: Fields): Fields[] {
  const { Branches, Iterator, ItemProcessor = Iterator } = state;
  return [...list(Branches), ...(ItemProcessor === undefined ? [] : [ItemProcessor])].map(fields);
}

/** Every state of a definition with its name, those within others included. */
export function allStates(definition: Fields): (readonly [name: string, state: Fields])[] {
  return Object.entries(fields(definition["States"])).flatMap(([name, value]) => {
    const state = fields(value);
    return [[name, state] as const, ...innerDefinitions(state).flatMap(allStates)];
  });
}
