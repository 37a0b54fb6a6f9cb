/** The records of a CSV text (RFC 4180), one by one: quoted fields may hold delimiters, line ends and doubled quotes. */
export function* csvRecords(text: string, delimiter = ","): Generator<readonly string[]> {
  let record: string[] = [];
  let field = "";
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' && field === "") {
      const close = closingQuote(text, at + 1);
      field = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    } else if (character === delimiter) {
      record.push(field);
      field = "";
      at++;
    } else if (character === "\n" || character === "\r") {
      record.push(field);
      if (!isEmpty(record)) yield record;
      record = [];
      field = "";
      at += text.startsWith("\r\n", at) ? 2 : 1;
    } else {
      const end = endOfRun(text, at, delimiter);
      field += text.slice(at, end);
      at = end;
    }
  }
  if (field !== "" || record.length > 0) yield [...record, field];
}

/** A line without anything is no record. */
function isEmpty(record: readonly string[]): boolean {
  return record.length === 1 && record[0] === "";
}

/** Where characters end that belong to a field as they are. */
function endOfRun(text: string, from: number, delimiter: string): number {
  let at = from + 1;
  for (; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === delimiter || character === "\n" || character === "\r") break;
  }
  return at;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at === -1 ? text.length : at;
}
