/** The records of a CSV text (RFC 4180): quoted fields may hold delimiters, line ends and doubled quotes. */
export function parseCsv(text: string, delimiter = ","): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = "";
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  function endField(): void {
    record.push(field);
    field = "";
  }
  function endRecord(): void {
    endField();
    records.push(record);
    record = [];
  }
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' && field === "") {
      const close = closingQuote(text, at + 1);
      field += text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    } else if (character === delimiter) {
      endField();
      at++;
    } else if (character === "\n" || character === "\r") {
      endRecord();
      at += text.startsWith("\r\n", at) ? 2 : 1;
    } else {
      field += character;
      at++;
    }
  }
  if (field !== "" || record.length > 0) endRecord();
  return records.filter((fields) => fields.length > 1 || fields[0] !== "");
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at === -1 ? text.length : at;
}
