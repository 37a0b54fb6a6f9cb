import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { messageOf } from "../../../sdk/base/errors.ts";
import { ApiError, type Routes } from "../../emulator/index.ts";
import { onlyBy, SECURITY_HEADERS } from "./answers.ts";

/** Where the page is, on the server. */
export const CONSOLE_PATH = "/console/";

/** The page may load and ask what is of its own server, and nothing else; no other page may show it in a frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** A file of the page, as it is and compressed. */
interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  readonly tag: string;
}

const compressed = promisify(gzip);

/** Answers for the console's page: its files, the same for everybody. */
export function consolePages(): Routes {
  let files: Promise<ReadonlyMap<string, PageFile>> | undefined;
  return async (request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    if (path === "/console") {
      onlyBy(request, "GET", "HEAD");
      response.writeHead(302, { location: CONSOLE_PATH, "content-length": 0, ...SECURITY_HEADERS });
      response.end();
      return true;
    }
    if (!path.startsWith(CONSOLE_PATH) || path.startsWith(`${CONSOLE_PATH}api/`)) return false;
    onlyBy(request, "GET", "HEAD");
    files ??= readFiles();
    files.catch(() => (files = undefined)); // who asks next tries again
    const file = (await files).get(path.slice(CONSOLE_PATH.length) || "index.html");
    if (file === undefined)
      throw new ApiError("ResourceNotFound", `There is no ${path}: ${CONSOLE_PATH} is the console`, {}, 404);
    answerFile(request, response, file);
    return true;
  };
}

function answerFile({ method, headers }: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const isGzipped = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(String(headers["accept-encoding"] ?? ""));
  const body = isGzipped ? file.gzipped : file.plain;
  const tag = `"${file.tag}${isGzipped ? "-gzip" : ""}"`;
  const common = {
    ...SECURITY_HEADERS,
    etag: tag,
    // Asked for anew each time: another version may be served at the same address a minute later.
    "cache-control": "no-cache",
    vary: "accept-encoding",
    "content-security-policy": POLICY,
  };
  if (headers["if-none-match"]?.split(/\s*,\s*/).includes(tag) === true) {
    response.writeHead(304, common).end();
    return;
  }
  response.writeHead(200, {
    ...common,
    "content-type": file.type,
    "content-length": body.length,
    ...(isGzipped ? { "content-encoding": "gzip" } : {}),
  });
  response.end(method === "HEAD" ? undefined : body);
}

/** In the package's own tests this module is a source, and the page is where `npm run build` has put it. */
function directory(): string {
  const beside = import.meta.url.endsWith(".ts") ? "../../../dist/infra/run/console/page/" : "./page/";
  return fileURLToPath(new URL(beside, import.meta.url));
}

/** @throws {ApiError} if the page has not been built */
async function readFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const from = directory();
  try {
    const names = (await readdir(from)).filter((name) => Object.hasOwn(TYPES, extname(name)));
    const files = names.map(async (name): Promise<[string, PageFile]> => {
      const plain = await readFile(join(from, name));
      const tag = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
      return [name, { type: TYPES[extname(name)] ?? "", plain, gzipped: await compressed(plain, { level: 9 }), tag }];
    });
    return new Map(await Promise.all(files));
  } catch (error) {
    const message = `The console's page cannot be read: ${messageOf(error)}. In a checkout, npm run build makes it`;
    throw new ApiError("InternalFailure", message, {}, 500);
  }
}
