/** Of so many of a name's characters one may be wrong. */
const PER_FAULT = 3;

/** `. Did you mean languages?`, if one of the names is nearly the one that was typed; else nothing. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const [nearest] = names
    .map((name) => ({ name, faults: distance(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, faults }) => faults <= Math.ceil(Math.min(typed.length, name.length) / PER_FAULT))
    .toSorted((one, other) => one.faults - other.faults);
  return nearest === undefined ? "" : `. Did you mean ${nearest.name}?`;
}

/** How many characters are missing, too many, wrong, or change places with the one beside them. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  function at(row: number, column: number): number {
    return rows[row]?.[column] ?? 0;
  }
  for (let row = 1; row <= one.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const ways = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1)];
      if (isSwapped) ways.push(at(row - 2, column - 2) + 1);
      rows[row]?.push(Math.min(...ways));
    }
  }
  return at(one.length, other.length);
}
