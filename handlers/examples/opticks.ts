import { task } from "lambent";
import text from "./opticks.txt";

/** The paragraphs of Newton's Opticks, each on one line. The text begins with its title. */
export function paragraphs(): string[] {
  const [, ...rest] = text.trim().split(/\n{2,}/);
  return rest.map((paragraph) => paragraph.replaceAll(/\s+/g, " "));
}

export const readParagraphs = task(async function readParagraphs() {
  return paragraphs();
});
