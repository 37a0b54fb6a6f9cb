// The other servers of the Step Functions API that are measured beside ours, and a server of Node.js that does nothing.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

/** Of PyPI. */
const PACKAGES = ["ministack==1.5.33", "moto[server]==5.2.1", "jsonpath-ng==1.8.0", "antlr4-python3-runtime==4.13.2"];
const PYTHON = fileURLToPath(new URL("../.python", import.meta.url));
const CLI = fileURLToPath(new URL("../../../dist/scripts/cli.js", import.meta.url));
const BARE = "require('node:http').createServer((_, answer) => answer.end('{}')).listen(Number(process.argv[1]))";

/** How each is started at a port. */
export const SERVERS = {
  Lambent: (port) => [process.execPath, [CLI, "emulator", "--port", port]],
  MiniStack: (port) => [`${PYTHON}/bin/ministack`, [], { GATEWAY_PORT: port }],
  moto: (port) => [`${PYTHON}/bin/moto_server`, ["--port", port]],
  "bare Node.js": (port) => [process.execPath, ["-e", BARE, port]],
};

/** Puts the packages into a folder beside the bench, once. Needs Python 3. */
export function installPeers() {
  const stamp = `${PYTHON}/packages.txt`;
  const wanted = PACKAGES.join("\n");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log("installing MiniStack and moto…");
  execFileSync("python3", ["-m", "venv", "--clear", PYTHON], { stdio: "inherit" });
  const pip = ["install", "--quiet", "--disable-pip-version-check", ...PACKAGES];
  execFileSync(`${PYTHON}/bin/pip`, pip, { stdio: "inherit" });
  writeFileSync(stamp, wanted);
}

/** A server in a process of its own. */
export async function startServer(name, port) {
  const [command, args, variables = {}] = SERVERS[name](String(port));
  const keys = { AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_DEFAULT_REGION: "us-east-1" };
  const env = { ...process.env, ...keys, ...variables };
  const server = spawn(command, args, { cwd: tmpdir(), env, stdio: "ignore" });
  await once(server, "spawn");
  return {
    /** MiB that are resident. */
    memory: () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(server.pid)], { encoding: "utf8" })) / 1024,
    hasEnded: () => server.exitCode !== null,
    async stop() {
      const ended = once(server, "exit");
      if (server.exitCode === null && server.kill("SIGKILL")) await ended;
    },
  };
}
