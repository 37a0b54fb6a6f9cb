const GITHUB = /github\.com[/:]([^/]+\/[^/]+?)(?:\.git)?\/?$/;

/**
 * What is wrong with package.json's `repository`, in words. npm's provenance names the repository whose workflow built the
 * package, and npm refuses a package whose `repository.url` is another one, in upper and lower case, too.
 * @param repository package.json's field
 * @param remote the address that git pushes to; undefined if there is none
 */
export function repositoryFaults(repository: unknown, remote: string | undefined): string[] {
  const url = urlOf(repository);
  const named = GITHUB.exec(url)?.[1];
  const pushed = GITHUB.exec(remote ?? "")?.[1];
  return [
    ...(remote === undefined
      ? ['git has no remote "origin", to which the tag would be pushed: git remote add origin …']
      : []),
    ...(named === undefined
      ? [
          `package.json's "repository" ${url === "" ? "is missing" : `is ${url}`}: npm refuses a package with provenance unless it is ` +
            `the GitHub repository that publishes it: "repository": { "type": "git", "url": "git+https://github.com/${pushed ?? "OWNER/NAME"}.git" }`,
        ]
      : []),
    ...(named !== undefined && pushed !== undefined && named !== pushed
      ? [
          `package.json's "repository" is ${named} and git's "origin" is ${pushed}: npm refuses the package of one from the other`,
        ]
      : []),
  ];
}

function urlOf(repository: unknown): string {
  if (typeof repository === "string") return repository;
  const url: unknown =
    typeof repository === "object" && repository !== null ? Reflect.get(repository, "url") : undefined;
  return typeof url === "string" ? url : "";
}
