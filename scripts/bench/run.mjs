// npm run bench -- NAME [arguments]: runs NAME.mjs beside this file.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const names = readdirSync(here)
  .filter((file) => file.endsWith(".mjs") && file !== "run.mjs")
  .map((file) => file.slice(0, -4));
const [name, ...args] = process.argv.slice(2);

if (!names.includes(name)) {
  console.log(`npm run bench -- NAME [arguments]\n\nNAME is one of:\n  ${names.join("\n  ")}`);
  process.exitCode = name === undefined ? 0 : 1;
} else {
  if (!isInstalled()) {
    console.log("installing the libraries to compare with…");
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });
  }
  const { main } = await import(`./${name}.mjs`);
  await main(args);
}

/** Whether the libraries were installed after the lock file was last changed. */
function isInstalled() {
  const installed = `${here}node_modules/.package-lock.json`;
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${here}package-lock.json`).mtimeMs;
}
