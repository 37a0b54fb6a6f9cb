import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { printGraph } from "../../sdk/graph/print-graph.ts";
import { mermaidText } from "../../infra/graph/mermaid.ts";
import { outlineText } from "../../infra/graph/outline-text.ts";
import { graphPicture } from "../../infra/graph/picture.ts";
import { didYouMean } from "../../infra/run/remote/did-you-mean.ts";
import { isCompiled, type Outline, outlineOf } from "../../infra/run/timeline/outline.ts";
import { serverPlace, type ServerOptions } from "./server-options.ts";
import { UsageError } from "./usage.ts";

export type GraphFormat = "text" | "mermaid" | "svg";

export interface GraphOptions extends ServerOptions {
  readonly format?: GraphFormat;
  readonly out?: string;
  readonly workflows: readonly string[];
}

/** A state machine's definition, and what it is called; of one whose sources are here, as its author wrote it. */
interface Found {
  readonly title: string;
  readonly definition: string;
  readonly printed?: string;
}

const FORMAT_OF: Readonly<Record<string, GraphFormat>> = { ".svg": "svg", ".mmd": "mermaid", ".txt": "text" };

/** Print a workflow's graph, or write it to a file. */
export async function drawGraph(workflow: string, options: GraphOptions): Promise<void> {
  const { out } = options;
  const format = options.format ?? (out === undefined ? "text" : FORMAT_OF[extname(out).toLowerCase()]);
  if (format === undefined)
    throw new UsageError(`--out: not a file that ends with .svg, .mmd or .txt, and there is no --format: ${out}`);
  const isElsewhere =
    workflow.startsWith("arn:") || options.endpoint !== undefined || options.aws || !(await isService(options));
  const found = isElsewhere ? await served(workflow, options) : await written(workflow, options);
  const text = drawn(found, format);
  if (out === undefined) {
    process.stdout.write(`${text.trimEnd()}\n`);
    return;
  }
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeFile(out, `${text.trimEnd()}\n`);
  console.log(out);
}

/** Whether there are sources here of which a workflow could be; if not, it is what an emulator serves that is meant. */
async function isService({ workflows }: GraphOptions): Promise<boolean> {
  const { readServiceNames } = await import("../../infra/serverless/read-service.ts");
  const root = process.cwd();
  return (
    workflows.length > 0 || existsSync(join(root, "workflows")) || (await readServiceNames({ root })) !== undefined
  );
}

function drawn({ title, definition, printed }: Found, format: GraphFormat): string {
  if (format === "text" && printed !== undefined) return printed;
  const outline = outlineOf(definition, isCompiled(definition));
  if (outline === undefined) throw new LambentError(`${title}: its definition has no StartAt or no States`);
  const draw: Readonly<Record<GraphFormat, (title: string, outline: Outline) => string>> = {
    text: outlineText,
    mermaid: (_, one) => mermaidText(one),
    svg: graphPicture,
  };
  return draw[format](title, outline);
}

/** Of the state machine at a server. */
async function served(named: string, options: GraphOptions): Promise<Found> {
  const { atServer } = await import("../../infra/run/remote/at-server.ts");
  const { findMachine } = await import("../../infra/run/remote/find-machine.ts");
  const { describeMachine } = await import("../../infra/run/remote/executions.ts");
  const { name, definition } = await atServer(serverPlace(options), named, async (server) =>
    describeMachine(server, await findMachine(server, named, options.stage)),
  );
  return { title: name, definition };
}

/** Of the sources in this directory. */
async function written(workflow: string, { stage, region, workflows }: GraphOptions): Promise<Found> {
  const { readService } = await import("../../infra/serverless/read-service.ts");
  const { serviceFacts } = await import("../../infra/serverless/deploy/service-facts.ts");
  const { compileWorkflow } = await import("../../infra/compile/compile.ts");
  const { wholeText } = await import("../../infra/run/timeline/whole-text.ts");
  const service = await readService({
    root: process.cwd(),
    workflows,
    ...(stage === undefined ? {} : { stage }),
    ...(region === undefined ? {} : { region }),
  });
  const graph = service.description.workflows.find((one) => one.workflow === workflow);
  if (graph === undefined) {
    const names = service.description.workflows.map((one) => one.workflow).toSorted();
    throw new LambentError(
      `there is no workflow ${workflow} in ${process.cwd()}; there are: ${names.join(", ") || "none"}. Of one that is served or deployed, give the ARN, or --endpoint or --aws${didYouMean(workflow, names)}`,
    );
  }
  const { target } = serviceFacts(service);
  const compiled = compileWorkflow(graph, target);
  const parts = compiled.parts.map(({ part, definition }) => ({
    stateMachineArn: target.partArn?.(workflow, part) ?? "",
    definition: JSON.stringify(definition),
  }));
  return {
    title: workflow,
    definition: wholeText(JSON.stringify(compiled.definition), parts),
    printed: printGraph(graph),
  };
}
