/** An execution's name as people see it: of a random one the first eight letters. */
export function shortName(name: string): string {
  return /^[\da-f]{8}-[\da-f]{4}-/.test(name) ? name.slice(0, 8) : name;
}
