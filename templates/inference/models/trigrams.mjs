/**
 * Every three letters that follow each other in a text, with a blank for what is between words.
 * @param {string} text
 * @returns {string[]}
 */
export function trigramsOf(text) {
  const letters = ` ${text
    .toLowerCase()
    .split(/[^\p{Letter}]+/u)
    .filter(Boolean)
    .join(" ")} `;
  return Array.from({ length: Math.max(0, letters.length - 2) }, (_, index) => letters.slice(index, index + 3));
}
