/** A changelog with a version in it. */
export interface ReleasedChangelog {
  /** The whole. */
  readonly text: string;
  /** What it says of the version. */
  readonly section: string;
}

const UNRELEASED = "## Unreleased";

/**
 * Gives what is under "Unreleased" its version and date, and leaves an empty "Unreleased" above it.
 * @param changelog what CHANGELOG.md says
 * @param version as "0.2.0"
 * @param date as "2026-01-31"
 * @throws {Error} if there is nothing under "Unreleased"
 */
export function releaseChangelog(changelog: string, version: string, date: string): ReleasedChangelog {
  const start = changelog.indexOf(`${UNRELEASED}\n`);
  if (start === -1) throw new Error(`CHANGELOG.md has no heading "${UNRELEASED}"`);
  const from = start + UNRELEASED.length;
  const next = changelog.indexOf("\n## ", from);
  const to = next === -1 ? changelog.length : next;
  const body = changelog.slice(from, to).trim();
  if (body === "") throw new Error(`CHANGELOG.md has nothing under "${UNRELEASED}": say what changed`);
  const section = `## ${version} (${date})\n\n${body}\n`;
  return { text: `${changelog.slice(0, start)}${UNRELEASED}\n\n${section}${changelog.slice(to)}`, section };
}
