import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { messageOf } from "../../sdk/base/errors.ts";
import { ownManifest } from "../init/own-package.ts";
import { type Examination, failed, ok, warning } from "./examination.ts";

/** Node.js's oldest version: that of package.json's `engines`. */
const OLDEST_NODE = [20, 19] as const;

/** Lambda runs these; of an odd number there is no runtime. */
const LAMBDA_NODES = [20, 22, 24];

export function examineNode(version: string = process.versions.node): Examination {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isTooOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (isTooOld) return failed("Node.js", `${version}`, `install ${OLDEST_NODE.join(".")} or newer`);
  if (LAMBDA_NODES.includes(major)) return ok("Node.js", version);
  return warning("Node.js", `${version}, which Lambda does not run`, `work with one of ${LAMBDA_NODES.join(", ")}`);
}

/** What a service is built and deployed by, as it is installed in its directory. */
export async function examineTools(root: string): Promise<Examination[]> {
  const { version, devDependencies } = ownManifest();
  return [
    ok("lambent", version),
    await examineEsbuild(),
    examineFramework(root, versionIn(devDependencies["serverless"])),
    ...examineOffline(root, versionIn(devDependencies["serverless-offline"])),
  ];
}

/** By which modules are bundled: its program is a package of its own for each platform, which installers may leave out. */
async function examineEsbuild(): Promise<Examination> {
  try {
    const { transform, version } = await import("esbuild");
    await transform("let a: number = 1", { loader: "ts" });
    return ok("esbuild", version);
  } catch (error) {
    const [why = ""] = messageOf(error).split("\n");
    return failed("esbuild", `it does not run: ${why}`, "install again on this machine, with optional dependencies");
  }
}

function examineFramework(root: string, proven: string): Examination {
  const found = installed(root, "serverless");
  const install = `npm install --save-dev serverless@npm:osls@${proven}`;
  if (found === undefined)
    return warning("serverless", "not installed here: lambent dev runs, and deploying does not", install);
  if (found.name !== "osls")
    return failed(
      "serverless",
      `${found.version} of ${found.name}, which Lambent does not run with`,
      `npm uninstall serverless && ${install}`,
    );
  return sameMajor("serverless", `osls ${found.version}`, found.version, proven, install);
}

function examineOffline(root: string, proven: string): Examination[] {
  const found = installed(root, "serverless-offline");
  if (found === undefined) return [];
  const install = `npm install --save-dev serverless-offline@${proven}`;
  return [sameMajor("serverless-offline", found.version, found.version, proven, install)];
}

function sameMajor(subject: string, says: string, version: string, proven: string, install: string): Examination {
  if (version.split(".")[0] === proven.split(".")[0]) return ok(subject, says);
  return warning(subject, `${says}; Lambent is tested with ${proven}`, install);
}

/** `4.3.1` of `npm:osls@4.3.1` and of `^4.3.1`. */
function versionIn(range: string = ""): string {
  return /\d+\.\d+\.\d+/.exec(range)?.[0] ?? range;
}

/** A package as the service's modules would find it. */
function installed(root: string, name: string): { readonly name: string; readonly version: string } | undefined {
  const places = createRequire(join(root, "package.json")).resolve.paths(name) ?? [];
  const manifest = places.map((place) => join(place, name, "package.json")).find((path) => existsSync(path));
  if (manifest === undefined) return undefined;
  const read = JSON.parse(readFileSync(manifest, "utf8")) as { readonly name?: string; readonly version?: string }; // a package's
  return { name: read.name ?? dirname(manifest), version: read.version ?? "of no version" };
}
