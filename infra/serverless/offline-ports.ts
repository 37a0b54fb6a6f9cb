import { createServer } from "node:net";
import { LambentError } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { ownerOf } from "../run/servers/port-owner.ts";
import type { FunctionEntry, ServedService } from "./deploy/framework.ts";

/** The ports of serverless-offline: which option sets it, and which events of a function it serves. */
const PORTS = [
  { option: "httpPort", usual: 3000, events: ["http", "httpApi"] },
  { option: "websocketPort", usual: 3001, events: ["websocket"] },
  { option: "albPort", usual: 3003, events: ["alb"] },
] as const;
const LAMBDA_PORT = { option: "lambdaPort", usual: 3002 } as const;

/** Settings of serverless-offline: of the command line, or else of serverless.yml. */
export class OfflineSettings {
  readonly #given: object;
  readonly #functions: readonly FunctionEntry[];

  constructor({ service, processedInput }: ServedService) {
    const custom: unknown = service["custom"];
    const own: unknown = isObject(custom) ? Reflect.get(custom, "serverless-offline") : undefined;
    this.#given = { ...(isObject(own) ? own : {}), ...processedInput.options };
    this.#functions = Object.values(service.functions).filter(({ handler, image }) => handler ?? image);
  }

  get host(): string {
    return String(Reflect.get(this.#given, "host") ?? "localhost");
  }

  /** Where it answers Lambda's Invoke. */
  get lambdaEndpoint(): string {
    return `http://${this.host}:${this.#port(LAMBDA_PORT)}`;
  }

  /** @throws {LambentError} if a port that it will listen on is taken: it would end the process with a stack */
  async refuseTakenPorts(): Promise<void> {
    const used = new Set(
      this.#functions.flatMap(({ events }) => (Array.isArray(events) ? events.flatMap(eventTypes) : [])),
    );
    const needed = PORTS.filter(({ events }) => events.some((event) => used.has(event)));
    for (const one of [...(this.#functions.length === 0 ? [] : [LAMBDA_PORT]), ...needed]) {
      const port = this.#port(one);
      if (await isFree(port, this.host)) continue;
      const owner = await ownerOf(port);
      throw new LambentError(
        `port ${port} on ${this.host} is in use${owner === undefined ? "" : ` by ${owner}`}, and serverless-offline needs it: stop what listens there, or choose another with --${one.option}, or with custom.serverless-offline.${one.option} in serverless.yml`,
      );
    }
  }

  #port({ option, usual }: { readonly option: string; readonly usual: number }): number {
    return Number(Reflect.get(this.#given, option) ?? usual);
  }
}

/** Whether serverless-offline is among the plugins of serverless.yml. */
export function hasServerlessOffline({
  configurationInput: { plugins },
}: Pick<ServedService, "configurationInput">): boolean {
  const modules: unknown = isObject(plugins) && "modules" in plugins ? plugins.modules : plugins;
  return Array.isArray(modules) && modules.some((name) => /(^|\/)serverless-offline$/.test(String(name)));
}

function eventTypes(event: unknown): string[] {
  return isObject(event) ? Object.keys(event) : [String(event)];
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
