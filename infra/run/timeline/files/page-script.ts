import { fileURLToPath } from "node:url";

let bundled: Promise<string> | undefined;

/** The page's script in one text, without imports. It is made of `infra/run/timeline/page` when it is first needed. */
export function pageScript(): Promise<string> {
  bundled ??= bundle();
  bundled.catch(() => (bundled = undefined)); // who asks next tries again
  return bundled;
}

async function bundle(): Promise<string> {
  const { build } = await import("esbuild");
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../page/main.${extension}`, import.meta.url))],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
    charset: "ascii",
    legalComments: "none",
  });
  // An HTML parser ends a script at the first of these, wherever in it they stand.
  return outputFiles.map(({ text }) => text.replaceAll("</script", String.raw`<\/script`)).join("");
}
