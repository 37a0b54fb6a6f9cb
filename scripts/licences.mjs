// What `npm install lambent` brings, by the lock file: each package's licence, and the install scripts that would run.
// `npm run licences` prints it, and ends with 1 for a licence or an install script that nobody has agreed to.
import { readFileSync } from "node:fs";

/** Licences that ask for nothing but their notice. */
const AGREED = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);
/** esbuild's puts its program, a package of its own, in the place of the script that starts it; without it esbuild is slower. */
const AGREED_SCRIPTS = new Set(["esbuild"]);

const { packages } = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
const installed = Object.entries(packages)
  .filter(([path, { dev, devOptional, peer }]) => path !== "" && !dev && !devOptional && !peer)
  .map(([path, { version, license = "none", hasInstallScript = false, optional = false }]) => ({
    name: path.split("node_modules/").at(-1),
    version,
    license,
    hasInstallScript,
    optional,
  }));

const refused = installed.flatMap(({ name, license, hasInstallScript }) => [
  ...(AGREED.has(license) ? [] : [`${name}: the licence ${license} is not among those agreed to`]),
  ...(hasInstallScript && !AGREED_SCRIPTS.has(name) ? [`${name} runs a script when it is installed`] : []),
]);

for (const { name, version, license, hasInstallScript, optional } of installed) {
  const notes = [
    ...(hasInstallScript ? ["runs a script when installed"] : []),
    ...(optional ? ["only where it fits the platform"] : []),
  ];
  console.log([`${name}@${version}`.padEnd(48), license.padEnd(14), notes.join(", ")].join(" ").trimEnd());
}
console.log(
  `\n${installed.length} packages, ${installed.filter(({ hasInstallScript }) => hasInstallScript).length} with an install script`,
);
for (const line of refused) console.error(line);
process.exitCode = refused.length === 0 ? 0 : 1;
