import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { observabilityOf } from "../../infra/serverless/deploy/observability-config.ts";
import { configOf } from "../../infra/serverless/read-service.ts";
import { serviceConfiguration } from "../../infra/serverless/service-configuration.ts";
import type { Json } from "../../sdk/base/json.ts";
import { edited, garbled, oddJson } from "./odd.ts";
import type { OpenSurface } from "./surface.ts";
import { checkRefusal } from "./verdict.ts";

const CONFIGURATION: Json = {
  service: "shop",
  provider: { name: "aws", runtime: "nodejs20.x", region: "eu-west-1", stage: "${opt:stage, 'dev'}" },
  plugins: ["lambent/plugin"],
  custom: { replicas: 2 },
  lambent: {
    workflows: ["workflows/*.ts"],
    external: ["sharp"],
    include: ["models/**"],
    conditions: ["production"],
    alias: { a: "./b.ts" },
    loader: { ".txt": "text" },
    esbuild: "./esbuild.mjs",
    actors: { scoring: { external: ["tiktoken"] } },
    observability: { alarms: { memory: false }, dashboard: true },
    logs: { level: "ERROR", retentionInDays: 30 },
  },
};

/** A serverless.yml that is wrong in some places: read, and its settings checked, before anything is made of it. */
export function configurations(): OpenSurface<string> {
  const root = mkdtempSync(join(tmpdir(), "lambent-fuzz-"));
  mkdirSync(join(root, "node_modules"));
  symlinkSync(
    fileURLToPath(new URL("../../../node_modules/serverless", import.meta.url)),
    join(root, "node_modules/serverless"),
  );
  const text = JSON.stringify(CONFIGURATION, undefined, 1); // JSON is YAML
  return {
    name: "serverless.yml",
    share: 15,
    cases: fc.oneof(
      edited([CONFIGURATION], oddJson()).map((value) => JSON.stringify(value, undefined, 1)),
      garbled([text]),
    ),
    async attempt(written) {
      writeFileSync(join(root, "serverless.yml"), written);
      try {
        const { lambent } = await serviceConfiguration({ root });
        const config = configOf(lambent, root);
        observabilityOf(config.observability);
        return true;
      } catch (error) {
        checkRefusal(error);
        return false;
      }
    },
    show: (written) => written,
    close() {
      rmSync(root, { recursive: true });
      return Promise.resolve();
    },
  };
}
