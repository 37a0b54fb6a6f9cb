/** In how many ways a regular expression may be tried on a text. */
export interface Ways {
  /** Parts that repeat without end: each may take any part of the text. */
  readonly repetitions: number;
  /** Ways of one go through it: of alternatives, of what may be left out, of what repeats up to a number. */
  readonly choices: number;
  /** What repeats without end may be taken apart in ways of its own, as in `(a+)+`. */
  readonly repeatsGroups: boolean;
}

// Escapes and classes are one character each; the marks behind `(?` belong to the bracket.
const TOKEN =
  /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\)|\||[*+?]\??|\{(?<least>\d+)(?<more>,(?<most>\d*))?\}\??|[^]/gu;

/** A group as far as it has been read. */
interface Group {
  /** Of the alternatives that have ended. */
  ended: number;
  /** Of the alternative that is read, without its last part. */
  sequence: number;
  /** Of its last part, which a quantifier may follow. */
  last: number;
}

function opened(): Group {
  return { ended: 0, sequence: 1, last: 1 };
}

function waysIn({ ended, sequence, last }: Group): number {
  return ended + sequence * last;
}

/** @param source Of an expression that JavaScript has compiled. */
export function waysOf(source: string): Ways {
  const outer: Group[] = [];
  let group = opened();
  let [repetitions, repeatsGroups, wasGroup] = [0, false, false];
  for (const { 0: token, groups } of source.matchAll(TOKEN)) {
    const isGroup = token === ")";
    if (token.startsWith("(")) {
      outer.push(group);
      group = opened();
    } else if (isGroup) {
      const ways = waysIn(group);
      group = outer.pop() ?? opened();
      follow(group, ways);
    } else if (token === "|") {
      group = { ended: waysIn(group), sequence: 1, last: 1 };
    } else if (
      groups?.["least"] === undefined ? /^[*+]/.test(token) : groups["more"] !== undefined && groups["most"] === ""
    ) {
      repetitions++;
      repeatsGroups ||= wasGroup;
    } else if (groups?.["least"] !== undefined) {
      const least = Number(groups["least"]);
      const most = Number(groups["most"] ?? least);
      group.last = group.last ** most * (most - least + 1);
    } else if (token.startsWith("?")) {
      group.last++;
    } else {
      follow(group, 1);
    }
    wasGroup = isGroup;
  }
  return { repetitions, choices: waysIn(group), repeatsGroups };
}

function follow(group: Group, ways: number): void {
  group.sequence *= group.last;
  group.last = ways;
}
