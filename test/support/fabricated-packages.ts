type Files = Readonly<Record<string, string>>;

/** The service's module: each name is a task without inputs, with the body of its function. */
export function flows(imports: string, bodies: Files): string {
  const tasks = Object.entries(bodies).map(
    ([name, body]) => `export const ${name} = task(async function ${name}() { ${body} });`,
  );
  const names = Object.keys(bodies);
  return `import { task, workflow } from "lambent";
${imports}
${tasks.join("\n")}
export const wf = workflow({}, function wf() { return { ${names.map((name) => `${name}: ${name}({})`).join(", ")} }; });
`;
}

/** An installed package. */
export function installed(directory: string, manifest: object, files: Files): Files {
  const paths = Object.entries(files).map(([path, content]): [string, string] => [`${directory}/${path}`, content]);
  return { [`${directory}/package.json`]: JSON.stringify(manifest), ...Object.fromEntries(paths) };
}

/** A package that reads a file beside its code, as one with an addon does: it cannot be bundled. */
export function looking(directory: string, version: string = "1.0.0", manifest: object = {}): Files {
  const name = directory.slice(directory.lastIndexOf("node_modules/") + "node_modules/".length);
  return installed(
    directory,
    { name, version, main: "index.js", ...manifest },
    {
      "index.js":
        'exports.text = () => require("fs").readFileSync(require("path").join(__dirname, "version.txt"), "utf8");',
      "version.txt": `${name} ${version}`,
    },
  );
}
