import { DescribeStateMachineCommand, paginateListStateMachines, type SFNClient } from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";
import { didYouMean } from "./did-you-mean.ts";
import { isPart } from "../../compile/part-machines.ts";
import { coolingName, isLauncher, machinePrefix, mayBePart } from "../../project/names.ts";
import type { Server, ServiceHere } from "./server.ts";

export interface Machine {
  readonly stateMachineArn: string;
  readonly name: string;
  /** The workflow that it is, if the server is known to serve its service. */
  readonly workflow?: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly creationDate: Date | undefined;
}

/** The state machines of a server, by name; of AWS those of the service, if it is known. */
export async function listMachines({ client, isAws, service }: Server): Promise<Machine[]> {
  const all = (await readMachines(client)).map((machine) => ({ ...machine, ...workflowOf(machine, service) }));
  const own = isAws && service !== undefined ? all.filter(({ workflow }) => workflow !== undefined) : all;
  return own.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Those that authors know of: without those that take back replicas which came up for runs, that start launch plans, and
 * that run parts of a workflow.
 */
export async function listWorkflows(server: Server): Promise<Machine[]> {
  const { service, client } = server;
  const machines = await listMachines(server);
  if (service === undefined) return machines;
  const known = machines.filter(({ name }) => name !== coolingName(service) && !isLauncher(name));
  const named = known.filter(({ name }) => mayBePart(name));
  const parts = new Set(await Promise.all(named.map(async (one) => ((await runsPart(client, one)) ? one : undefined))));
  return known.filter((one) => !parts.has(one));
}

/** A workflow may be called like a part: the definition tells. */
async function runsPart(client: SFNClient, { stateMachineArn }: Machine): Promise<boolean> {
  const { definition } = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
  return isPart(definition ?? "");
}

async function readMachines(client: SFNClient): Promise<Machine[]> {
  const found: Machine[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, { maxResults: 1000 })) {
    for (const { stateMachineArn = "", name = "", type = "STANDARD", creationDate } of stateMachines)
      found.push({ stateMachineArn, name, type, creationDate });
  }
  return found;
}

/** The name without what the service and its stage put before it, and without what an EXPRESS one has after it. */
function workflowOf({ name, type }: Machine, service: ServiceHere | undefined): { readonly workflow?: string } {
  if (service === undefined || !name.startsWith(machinePrefix(service))) return {};
  const own = name.slice(machinePrefix(service).length);
  return { workflow: type === "EXPRESS" ? own.replace(/-express$/, "") : own };
}

/** State machines that are named where one is not found. */
const LISTED = 12;

/** That another directory's emulator was asked, as the only one that runs. */
function elsewhere({ strangeDirectory }: Server): string {
  return strangeDirectory === undefined
    ? ""
    : `. It is the emulator of ${strangeDirectory}, and the only one that runs: start one for this directory with \`npx lambent dev\``;
}

/**
 * The ARN of a workflow's state machine.
 * @param named the workflow, its state machine's name, or an ARN. Where the service is not known, a workflow is what a
 *   name ends with
 * @param stage that is before the workflow in the name
 * @throws {LambentError} that tells which there are, if there is none, or several
 */
export async function findMachine(server: Server, named: string, stage?: string): Promise<string> {
  if (named.startsWith("arn:")) return named;
  const found = await machineNamed(server, named, stage);
  if (found !== undefined) return found;
  const all = (await listWorkflows(server)).map(({ name, workflow }) => workflow ?? name);
  const more = all.length - LISTED;
  const names = `${all.slice(0, LISTED).join(", ")}${more > 0 ? ` and ${more} more (lambent list)` : ""}`;
  const of = server.service === undefined ? "" : `${server.service.service} (${server.service.stage}) `;
  throw new LambentError(
    `there is no workflow ${named}: ${of}at ${server.name} has ${names === "" ? "none at all" : names}${didYouMean(named, all)}${elsewhere(server)}`,
  );
}

/**
 * The same of a name alone.
 * @returns undefined if there is none
 * @throws {LambentError} that tells which there are, if there are several
 */
export async function machineNamed(server: Server, named: string, stage?: string): Promise<string | undefined> {
  const machines = await listMachines(server);
  const [only, ...others] = meant(machines, named, server.service, stage);
  if (others.length === 0) return only?.stateMachineArn;
  const names = [only, ...others].map((one) => one?.name).join(", ");
  throw new LambentError(`${named} may be ${names} at ${server.name}: give the name of one, or --stage`);
}

function meant(
  machines: readonly Machine[],
  named: string,
  service: ServiceHere | undefined,
  stage: string | undefined,
): Machine[] {
  const exact = machines.filter(({ name, workflow }) => name === named || workflow === named);
  if (exact.length > 0 || service !== undefined) return exact;
  const end = stage === undefined ? `-${named}` : `-${stage}-${named}`;
  return machines.filter(
    ({ name, type }) => name.endsWith(end) || (type === "EXPRESS" && name.endsWith(`${end}-express`)),
  );
}
