// The packages of the lock file with their licences and install scripts: what `npm install lambent` brings, then what only a
// checkout of this repository has. `npm run licences` prints it, and ends with 1 for a licence or an install script that
// nobody has agreed to.
import { readFileSync } from "node:fs";

/** Licences that ask for nothing but their notice. */
const PERMISSIVE = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"];

const GROUPS = [
  {
    title: "brought by npm install lambent",
    has: ({ dev, devOptional, peer }) => !dev && !devOptional && !peer,
    licences: new Set(PERMISSIVE),
    // esbuild's puts its program, a package of its own, in the place of the script that starts it; without it esbuild is slower.
    scripts: new Set(["esbuild"]),
  },
  {
    title: "for the development of Lambent alone",
    has: ({ dev, devOptional, peer }) => dev || devOptional || peer,
    // Nothing of these is in the package. MPL-2.0 is axe-core's, which runs in the tests of pages.
    licences: new Set([
      ...PERMISSIVE,
      "(MIT AND Zlib)",
      "(MIT OR CC0-1.0)",
      "(MIT OR GPL-3.0-or-later)",
      "BlueOak-1.0.0",
      "MPL-2.0",
      "PSF-2.0",
      "Python-2.0",
    ]),
    // classic-level's takes the addon that comes with it; the other two print advice.
    scripts: new Set(["classic-level", "es5-ext", "protobufjs"]),
  },
];

function lineOf({ name, version, license, hasInstallScript, optional }) {
  const notes = [
    ...(hasInstallScript ? ["runs a script when installed"] : []),
    ...(optional ? ["only where it fits the platform"] : []),
  ];
  return [`${name}@${version}`.padEnd(48), license.padEnd(24), notes.join(", ")].join(" ").trimEnd();
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const all = Object.entries(packages)
  .filter(([path]) => path !== "")
  .map(([path, { license = "none", hasInstallScript = false, optional = false, ...rest }]) => ({
    // One that goes by another name here has its own beside it.
    name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
    ...rest,
    license,
    hasInstallScript,
    optional,
  }));

const refused = [];
for (const { title, has, licences, scripts } of GROUPS) {
  const found = all.filter(has);
  for (const one of found) {
    const { name, license, hasInstallScript } = one;
    console.log(lineOf(one));
    if (!licences.has(license))
      refused.push(`${name}: the licence ${license} is not among those agreed to, in scripts/licences.mjs`);
    if (hasInstallScript && !scripts.has(name))
      refused.push(
        `${name} runs a script when it is installed, which is not among those agreed to, in scripts/licences.mjs`,
      );
  }
  const withScript = found.filter(({ hasInstallScript }) => hasInstallScript).length;
  console.log(`\n${found.length} packages ${title}, ${withScript} with an install script\n`);
}
for (const line of refused) console.error(line);
process.exitCode = refused.length === 0 ? 0 : 1;
