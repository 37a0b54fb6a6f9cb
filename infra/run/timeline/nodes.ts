import { startOf } from "../../compile/start-states.ts";
import type { Place, Visit } from "./visits.ts";

/** What the compiler calls states that it makes of a map: the map's name, and after it some of these, perhaps numbered. */
const OF_MAP =
  /^(?:(?:Batch(?:es)?|Lanes?|Keys|Stored?|Joined|Collected|Item|Distributed|Wait|MapRuns|FailedPieces?|List)\d*)+$/;

/** The same within a map of a workflow in pieces: what reads the elements, and the Map over the piece's items. */
const OF_PIECE = /^(?:Piece|Items)\d*$/;

/** Tells of a Lambent definition's states which of the author's nodes they are of. */
export class Nodes {
  readonly #maps: ReadonlySet<string>;
  readonly #isLambent: boolean;

  /** @param maps the names of all Map states that are known */
  constructor(maps: Iterable<string>, isLambent: boolean) {
    this.#maps = new Set(maps);
    this.#isLambent = isLambent;
  }

  /** The author's node: the states within a map of Lambent's, and those before and after it, are named after it. */
  of({ state, place }: Visit): string {
    if (!this.#isLambent) return state;
    let node = startOf(state) ?? state;
    for (let around = place.visit; around !== undefined; around = around.place.visit)
      if (isWithinMap(around.state, node)) node = around.state;
    const owner = [...this.#maps].find((map) => isOf(map, node));
    return owner ?? node;
  }

  /** `inference[3]`, in a map of maps `inference[3][0]`. */
  label(visit: Visit): string {
    const indices: number[] = [];
    for (let place: Place | undefined = visit.place; place !== undefined; place = place.visit?.place)
      if (place.index !== undefined && !this.#isOfCompiler(place.visit))
        indices.unshift((place.visit?.firstIndex ?? 0) + place.index);
    return `${this.of(visit)}${indices.map((index) => `[${index}]`).join("")}`;
  }

  /** What the labels of a batch's items begin with: in a map of a workflow `inference[3]`, without the batch's number. */
  ofItems(visit: Visit): string {
    const node = this.of(visit);
    const indices: number[] = [];
    for (let place: Place | undefined = visit.place; place?.visit !== undefined; place = place.visit.place)
      if (place.index !== undefined && this.of(place.visit) !== node)
        indices.unshift((place.visit.firstIndex ?? 0) + place.index);
    return `${node}${indices.map((index) => `[${index}]`).join("")}`;
  }

  /** Whether it is a Map or a Parallel that the compiler has put around an author's nodes, or within one of them. */
  isWithin(visit: Visit): boolean {
    return this.#isLambent && this.of(visit) !== visit.state && !/Distributed\d*$/.test(visit.state);
  }

  /** The items of such a Map are batches, lanes or lists, whose numbers say nothing to an author. */
  #isOfCompiler(visit: Visit | undefined): boolean {
    return visit !== undefined && visit.firstIndex === undefined && this.isWithin(visit);
  }
}

/** Whether it is the Map over the items of a piece of the map, which are items of the author's. */
export function isItemsOf(map: string, state: string): boolean {
  return isWithinMap(map, state) && /Items\d*$/.test(state);
}

/** Whether the compiler has made a state that is within the map, of the map. */
export function isWithinMap(map: string, state: string): boolean {
  return isOf(map, state) || (state.startsWith(map) && OF_PIECE.test(state.slice(map.length)));
}

/** Whether the compiler has made the state of the map. */
export function isOf(map: string, state: string): boolean {
  return state.startsWith(map) && OF_MAP.test(state.slice(map.length));
}
