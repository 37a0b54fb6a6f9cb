import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, projectDirectory, type ProjectDirectory } from "./project-directory.ts";

/** The package's own examples, as a service of their own. */
export function examplesProject(): ProjectDirectory {
  const project = projectDirectory({
    "serverless.yml": `
service: examples
plugins: [lambent/plugin]
lambent: { workflows: handlers/examples/*.ts, observability: true }
provider: { name: aws, runtime: nodejs24.x, region: us-east-1 }
`,
  });
  const examples = join("handlers", "examples"); // the same path as here, since assets are named by theirs
  cpSync(join(packageRoot, examples), join(project.root, examples), { recursive: true });
  for (const name of ["wink-nlp", "wink-eng-lite-web-model", "onnxruntime-web"]) {
    symlinkSync(join(packageRoot, "node_modules", name), join(project.root, "node_modules", name));
  }
  return project;
}

/**
 * 20 actors, one more with affinity, and 30 workflows: chains, maps, branches, choices, nesting, schedules, EXPRESS,
 * secrets, a VPC, layers.
 */
export function largeProject(): ProjectDirectory {
  const actors = Array.from(
    { length: 20 },
    (_, index) => `
export const actor${index} = new ActorEnvironment({
  name: "actor-${index}", replicaCount: ${1 + (index % 4)}, memorySize: ${512 * (1 + (index % 3))}, timeout: ${60 + index},
  architecture: "${index % 2 === 0 ? "arm64" : "x86_64"}", ephemeralStorageSize: ${512 + index}, whenBusy: "${index % 5 === 0 ? "spill" : "queue"}",
  environment: { INDEX: "${index}" },${index % 7 === 0 ? SECRETS : ""}${index % 6 === 0 ? NETWORK : ""}
});
export const score${index} = actor${index}.task(async function score({ n }: { n: number }) { return n + ${index}; }, { retries: ${index % 3} });`,
  );
  const workflows = Array.from({ length: 30 }, (_, index) => {
    const [one, two] = [index % 20, (index * 7 + 1) % 20];
    const options = [
      ...(index % 5 === 0
        ? [
            `schedule: { expression: "cron(0 ${index % 24} * * ? *)", timezone: "Europe/Berlin", input: { n: ${index} } }`,
          ]
        : []),
      ...(index % 10 === 3 ? [`type: "EXPRESS", schedule: "rate(${index} minutes)"`] : []),
    ].join(", ");
    return `
export const flow${index} = workflow({ n: 1, values: [1, 2, 3], text: "costs \${AWS::Region} $5" }, function flow${index}({ n, values, text }) {
  const first = score${one}({ n });
  const second = score${two}({ n });
  const all = mapTask(score${one}${index % 4 === 0 ? ", { concurrency: 5, minSuccessRatio: 0.5 }" : ', { mode: "inline" }'})({ n: values });
  const sum = conditional(gt(n, 2), () => total({ values: [first, second] }), () => total({ values: [first] }));
  return { sum, all, label: label({ text, n: sum })${index % 10 === 1 ? ', near: [near({ text, n }), near({ text: "costs ${A} too", n: sum })]' : ""}${index > 25 ? `, nested: flow${index - 20}({ n: sum })` : ""} };
}, { ${options} });`;
  });
  const near = `
const nearActor = new ActorEnvironment({ name: "near", replicaCount: 3, affinity: true });
const load = nearActor.cache(async (text: string) => text);
export const near = nearActor.task(async function near({ text, n }: { text: string; n: number }) { return (await load(text)) + n; });`;
  return projectDirectory({
    "workflows/actors.ts": `import { ActorEnvironment } from "lambent";\n${actors.join("\n")}${near}`,
    "workflows/flows.ts": `import { conditional, gt, launchPlan, mapTask, task, workflow } from "lambent";
import { near, ${Array.from({ length: 20 }, (_, index) => `score${index}`).join(", ")} } from "./actors.ts";
const total = task(async function total({ values }: { values: number[] }) { return values.reduce((sum, value) => sum + value, 0); });
const label = task(async function label({ text, n }: { text: string; n: number }) { return text + n; }, { cache: true, cacheVersion: "v1" });
${workflows.join("\n")}
export const wide = workflow({ n: 1 }, function wide({ n }) { return ["1", "2", "3", "4", "5"].map((digit) => label({ text: digit.repeat(210_000), n })); });
export const byHour = launchPlan(flow1, { inputs: { n: 2 }, schedule: "rate(1 hour)", enabled: false });
export const byNight = launchPlan(flow1, { fixed: { n: 3 }, schedule: "cron(0 3 * * ? *)", timezone: "Europe/Berlin", maxConcurrent: 2 });
export const byHand = launchPlan(flow1, { inputs: { n: 4 } });`,
    "serverless.yml": `
service: large
plugins: [lambent/plugin]
lambent: { workflows: workflows/*.ts, bucket: { expireAfterDays: 90 }, logs: { level: ALL, includeExecutionData: true, retentionInDays: 14 }, observability: { topic: "arn:aws:sns:eu-west-1:123456789012:alarms" } }
provider: { name: aws, runtime: nodejs22.x, region: eu-west-1, stage: prod }
`,
  });
}

const SECRETS = `
  secrets: {
    TOKEN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf",
    HOST: "arn:aws:ssm:eu-west-1:123456789012:parameter/host",
  },`;

const NETWORK = `
  vpc: { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] },
  layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:certificates:3"],`;
