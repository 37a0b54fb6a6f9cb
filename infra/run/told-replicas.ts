import type { ProvisionedConcurrency } from "../emulator/lambda/provisioned-concurrency.ts";

/** Says when state machines bring replicas up and take them back, a line each. */
export function toldReplicas(replicas: ProvisionedConcurrency, say: (line: string) => void): ProvisionedConcurrency {
  return {
    async put(target, count) {
      const config = await replicas.put(target, count);
      say(`${target.functionName}: ${count} ${count === 1 ? "replica starts" : "replicas start"} for a run`);
      return config;
    },
    async delete(target) {
      await replicas.delete(target);
      say(`${target.functionName}: its replicas end, idle for ttlSeconds`);
    },
    get: (target) => replicas.get(target),
    list: (functionName) => replicas.list(functionName),
  };
}
