import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { codeBlocks, DOCUMENTS } from "../support/documents.ts";
import { packageRoot } from "../support/project-directory.ts";

// Of the built program, which says with --help what there is.

/** A call of the command line in a document. */
interface Call {
  readonly path: string;
  readonly command: string;
  readonly options: readonly string[];
}

/** Pages of what was, and is not to be changed when a command is. */
const HISTORICAL = /^(?:docs\/decisions\/|CHANGELOG\.md)/;

/** Commands of a page: those of its shell blocks, and those that stand between backticks. */
function callsOf(path: string): Call[] {
  const blocks = codeBlocks(path).flatMap(({ language, code }) => (language === "sh" ? [code] : []));
  const prose = (DOCUMENTS.get(path) ?? "").replaceAll(/^ *```[\s\S]*?^ *```/gm, "");
  const quoted = [...prose.matchAll(/`((?:npx )?lambent [^`\n]+)`/g)].map(([, inside = ""]) => inside);
  return [...blocks, ...quoted].flatMap((code) =>
    code
      .replaceAll("\\\n", " ")
      .replaceAll(/(?:^|\s)#.*$/gm, "")
      .split(/\n|\||&&|;|\$\(/)
      .flatMap((line) => {
        const [, command, rest = ""] = /^\s*(?:[A-Z_]+=\S* +)*(?:npx )?lambent +([a-z-]+)\b(.*)/.exec(line) ?? [];
        const options = rest.match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
        return command === undefined ? [] : [{ path, command, options }];
      }),
  );
}

const calls = [...DOCUMENTS.keys()].filter((path) => !HISTORICAL.test(path)).flatMap(callsOf);
const commands = [...new Set(calls.map(({ command }) => command))];

test.each(commands)("lambent %s has the options that documents give it", async (command) => {
  const program = join(packageRoot, "dist/scripts/cli.js");
  const { stdout } = await promisify(execFile)(process.execPath, [program, command, "--help"]);
  const known = new Set(stdout.match(/--[a-z][a-z-]*/g));
  const own = calls.filter((call) => call.command === command);
  const unknown = own.flatMap(({ path, options }) =>
    options.filter((option) => !known.has(option)).map((option) => `${path}: ${option}`),
  );
  expect(unknown).toEqual([]);
});
