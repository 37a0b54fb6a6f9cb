import { isObject } from "../../../sdk/base/json.ts";
import { detailsOf, textOf, type ChildHistory } from "./history.ts";
import type { Place } from "./visits.ts";

/** What a child execution of Lambent's works on. */
interface Given {
  /** Of a map of a workflow, whose items are a child each. */
  readonly place: Pick<Place, "index">;
  /** Of a map in pieces, to be added to the child's name. */
  readonly items: string;
  /** Of a map in pieces: the index of its first item. */
  readonly from: number | undefined;
}

/** What a child execution was given by a Distributed Map. */
export function givenToChild({ events: [first] = [] }: ChildHistory): Given {
  const text = first === undefined ? undefined : textOf(detailsOf(first), "input");
  const input: unknown = text === undefined ? undefined : parsed(text);
  const index = numberIn(input, "index");
  const piece: unknown = isObject(input) ? Reflect.get(input, "piece") : undefined;
  const [from, to] = [numberIn(piece, "from"), numberIn(piece, "to")];
  return {
    from,
    place: index === undefined ? {} : { index },
    items:
      from === undefined || to === undefined
        ? ""
        : `, items ${from.toLocaleString("en")} to ${(to - 1).toLocaleString("en")}`,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what AWS has cut
  }
}

function numberIn(value: unknown, name: string): number | undefined {
  const found: unknown = isObject(value) ? Reflect.get(value, name) : undefined;
  return typeof found === "number" ? found : undefined;
}
