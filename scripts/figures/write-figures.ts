import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** The page with the figures, from the root of the checkout. */
const PAGE = "docs/reliability.md";

/**
 * Puts what a run found into the page of figures: between `<!-- figures: NAME -->` and the next `<!-- end -->`.
 * @param page what the page says
 * @param lines what the run printed
 * @param where on what and when it ran
 * @returns the page with the new figures
 * @throws {Error} if the page has no such place
 */
export function withFigures(page: string, name: string, lines: readonly string[], where: string): string {
  const begin = `<!-- figures: ${name} -->`;
  const start = page.indexOf(begin);
  const end = page.indexOf("<!-- end -->", start);
  if (start === -1 || end === -1)
    throw new Error(`${PAGE} has no place for the figures "${name}": ${begin} and <!-- end -->`);
  const block = `${begin}\n\n${where}:\n\n\`\`\`text\n${lines.join("\n")}\n\`\`\`\n\n`;
  return page.slice(0, start) + block + page.slice(end);
}

/** Writes the figures of a run that has just been made, with its day and machine, into the page. */
export function writeFigures(name: string, lines: readonly string[]): void {
  const day = new Date().toISOString().slice(0, 10);
  const where = `On ${day}, with Node.js ${process.versions.node} on ${availableParallelism()} cores`;
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, "utf8"), name, lines, where));
}
