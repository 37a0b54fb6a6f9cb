import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "./support/project-directory.ts";
import { startProgram } from "./support/program.ts";
import { findTool, unlessInstalled } from "./support/tools.ts";

/** README's chapter, as a stranger reads it. */
const [, rest = ""] = readFileSync(join(packageRoot, "README.md"), "utf8").split(/^## First steps$/m);
const [chapter = ""] = rest.split(/^## /m);

/** Its blocks of one language, in their order. */
function blocks(language: string): string[] {
  return [...chapter.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, code = ""]) => code,
  );
}

const folder = mkdtempSync(join(tmpdir(), "lambent-first-steps-"));
const home = join(folder, "home");
const project = join(folder, "my-service");
mkdirSync(home);
mkdirSync(project);
// Thousands of files, which takes more than a minute on a busy machine.
afterAll(() => rmSync(folder, { recursive: true, force: true }), 240_000);

const aws = findTool("aws");
/** A stranger's: no settings of AWS or npm, but for npm's cache, so that little is downloaded. */
const env: Record<string, string> = {
  HOME: home,
  PATH: [...(aws === undefined ? [] : [dirname(aws)]), process.env["PATH"] ?? ""].join(delimiter),
  npm_config_cache: process.env["npm_config_cache"] ?? join(process.env["HOME"] ?? home, ".npm"),
  npm_config_prefer_offline: "true",
  ...(process.env["PYENV_ROOT"] === undefined ? {} : { PYENV_ROOT: process.env["PYENV_ROOT"] }),
};
async function shell(script: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)("bash", ["-e", "-c", script], { cwd: project, env });
  return stdout + stderr;
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.once("error", () => resolve(false)).once("connect", () => socket.destroy());
  });
}

test.skipIf(aws === undefined)(
  `whoever follows the README's first steps word by word has a workflow that runs${unlessInstalled("aws", aws)}`,
  async () => {
    const [install = "", offline = "", start = "", awsStart = "", limitsAndCost = ""] = blocks("sh");
    await promisify(execFile)("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: packageRoot });
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
    // As the README says: the path of the file in the place of the name.
    expect(install).toContain("npm install lambent\n");
    await shell(install.replace("npm install lambent\n", `npm install ${join(folder, tarball)}\n`));
    for (const code of [...blocks("ts"), ...blocks("yaml")]) {
      const [, path = ""] = /^(?:\/\/|#) (\S+)$/m.exec(code) ?? [];
      mkdirSync(dirname(join(project, path)), { recursive: true });
      writeFileSync(join(project, path), code);
    }
    // Another program of this machine's may have the port. Then the README's setting for another one is used.
    let command = awsStart;
    if (await isTaken(8083)) {
      const yaml = join(project, "serverless.yml");
      const setting = /lambent: (\{ offline: \{ port: (\d+) \} \})/.exec(chapter) ?? [];
      const port = setting[2] ?? "";
      writeFileSync(
        yaml,
        readFileSync(yaml, "utf8").replace("workflows/*.ts }", `workflows/*.ts, offline: { port: ${port} } }`),
      );
      command = awsStart.replace("8083", port);
    }
    const [npx = "", ...args] = offline.trim().split(" ");
    const served = startProgram(npx, args, { cwd: project, env });
    try {
      await expect.poll(served.output, { timeout: 60_000 }).toMatch(/Starting Offline/);
      expect(JSON.parse((await shell(start)).split(/^at /m)[0] ?? "")).toEqual([6, 6, 10]);
      expect(await shell(command)).toContain("executionArn");
      await expect
        .poll(served.output, { timeout: 20_000 })
        .toMatch(/^scoring \w{8} succeeded in .*\n {2}\.lambent\/timelines\/scoring-\w{8}\.html$/m);
      // The line that it prints itself is one to paste, too.
      const [, pasted = ""] = /^ +(AWS_ACCESS_KEY_ID=.* aws .*)$/m.exec(served.output()) ?? [];
      expect(await shell(pasted)).toContain("executionArn");
      await expect.poll(() => served.output().match(/^scoring \w{8} succeeded/gm)?.length, { timeout: 20_000 }).toBe(3);
    } finally {
      served.child.kill("SIGTERM");
      await served.ended;
    }
    const told = await shell(limitsAndCost);
    expect(told).toContain("2 replicas of scoring serve 20 a second, so it takes 50 s at least");
    expect(told).toMatch(/^ {2}a run +\$0\.0264$/m);
    expect(told).toMatch(/^ {2}scoring +\$24\.42 a month/m);
  },
  240_000,
);
