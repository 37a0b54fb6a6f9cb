import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Manifest } from "./installed-package.ts";

/** The machine that a function's files are for. */
export interface TargetPlatform {
  /** As `process.platform`: Lambda's is `linux`. */
  readonly os: string;
  /** As `process.arch`. */
  readonly cpu: "x64" | "arm64";
  /** Lambda's images have glibc. */
  readonly libc: "glibc" | "musl" | undefined;
  /** The major version of Node.js. */
  readonly node: number;
}

/** Lambda's platform for a function. */
export function lambdaPlatform(architecture: "x86_64" | "arm64" | undefined, node: number): TargetPlatform {
  return { os: "linux", cpu: architecture === "arm64" ? "arm64" : "x64", libc: "glibc", node };
}

/** The platform of this process, for functions that run on this machine. */
export function thisPlatform(): TargetPlatform {
  return {
    os: process.platform,
    cpu: process.arch === "arm64" ? "arm64" : "x64",
    libc: process.platform === "linux" ? libcOfThisProcess() : undefined,
    node: Number.parseInt(process.versions.node),
  };
}

let libc: "glibc" | "musl" | undefined;

/** A report takes 10 ms, and each function of a service asks. */
function libcOfThisProcess(): "glibc" | "musl" {
  return (libc ??= readLibc());
}

function readLibc(): "glibc" | "musl" {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }; // Node.js documents the field
  return header?.glibcVersionRuntime === undefined ? "musl" : "glibc";
}

/** `linux arm64, Node.js 24`, for messages. */
export function printPlatform({ os, cpu, libc, node }: TargetPlatform): string {
  return `${os} ${cpu}${libc === "musl" ? " musl" : ""}, Node.js ${node}`;
}

/** Whether npm would install a package on the platform, by the `os`, `cpu` and `libc` of its manifest. */
export function isFor({ os, cpu, libc }: Manifest, platform: TargetPlatform): boolean {
  return (
    allows(os, platform.os) && allows(cpu, platform.cpu) && (platform.libc === undefined || allows(libc, platform.libc))
  );
}

/** Whether a package is for some platforms only. */
export function isPlatformPart({ os, cpu, libc }: Manifest): boolean {
  return [os, cpu, libc].some((list) => list !== undefined && list.length > 0);
}

function allows(list: readonly string[] | undefined, value: string): boolean {
  if (list === undefined || list.length === 0 || list.includes("any")) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((one) => one.startsWith("!"));
}

const SYSTEMS: Readonly<Record<string, string>> = {
  linux: "linux",
  linuxmusl: "linux",
  darwin: "darwin",
  macos: "darwin",
  win32: "win32",
  windows: "win32",
  freebsd: "freebsd",
  openbsd: "openbsd",
  netbsd: "netbsd",
  sunos: "sunos",
  aix: "aix",
  android: "android",
  openharmony: "openharmony",
};

const PROCESSORS: Readonly<Record<string, string>> = {
  x64: "x64",
  x86_64: "x64",
  amd64: "x64",
  arm64: "arm64",
  aarch64: "arm64",
  arm: "arm",
  armv7: "arm",
  ia32: "ia32",
  x86: "ia32",
  ppc64: "ppc64",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loong64",
  universal: "universal",
  wasm32: "wasm32",
};

/**
 * The platform that a package's name tells, as `@img/sharp-linux-arm64` and `@esbuild/darwin-x64` do; `undefined` if it
 * tells none. It serves for packages that are not installed, whose manifests are not here to be read.
 */
export function platformInName(name: string): Manifest | undefined {
  const words = name.toLowerCase().split(/[^a-z0-9_]+/);
  const os = words.map((word) => SYSTEMS[word]).find((one) => one !== undefined);
  const cpu = words.map((word) => PROCESSORS[word]).find((one) => one !== undefined);
  if (cpu === undefined || (os === undefined && cpu !== "wasm32")) return undefined;
  const isMusl = words.some((word) => word.includes("musl"));
  return {
    ...(os === undefined ? {} : { os: [os] }),
    cpu: [cpu],
    ...(os === "linux" ? { libc: [isMusl ? "musl" : "glibc"] } : {}),
  };
}

/** What a compiled file is for. */
export interface CompiledFor {
  readonly os: string;
  readonly cpu: string;
  readonly libc?: "glibc" | "musl";
  /** The only version of Node.js's binary interface that loads it; absent: all do, by Node-API. */
  readonly abi?: number;
}

const MACHINES: Readonly<Record<number, string>> = { 3: "ia32", 40: "arm", 62: "x64", 183: "arm64" };

/** Files that hold compiled code, by their name. */
export const COMPILED: RegExp = /\.(?:node|dll|exe|dylib|so(?:\.\d+)*)$/;

/** Reads from its first bytes what a compiled file is for; `undefined` if it is none. */
export function compiledFor(file: string): CompiledFor | undefined {
  const head = Buffer.alloc(20);
  const descriptor = openSync(file, "r");
  readSync(descriptor, head, 0, head.length, 0);
  closeSync(descriptor);
  const magic = head.readUInt32BE(0);
  if (magic === 0xcf_fa_ed_fe || magic === 0xca_fe_ba_be) return { os: "darwin", cpu: "universal" };
  if (head.toString("latin1", 0, 2) === "MZ") return { os: "win32", cpu: "any" };
  if (magic !== 0x7f_45_4c_46) return undefined;
  const content = readFileSync(file);
  const module = /node_register_module_v(\d+)/.exec(content.toString("latin1"));
  return {
    os: "linux",
    cpu: MACHINES[head.readUInt16LE(18)] ?? "unknown",
    libc: content.includes("libc.musl-") ? "musl" : "glibc",
    ...(module === null ? {} : { abi: Number(module[1]) }),
  };
}

/** Node.js's `process.versions.modules`, by its major version. */
const ABIS: Readonly<Record<number, number>> = { 18: 108, 20: 115, 22: 127, 24: 137 };

/** Whether a compiled file loads on the platform. */
export function loadsOn({ os, cpu, libc, abi }: CompiledFor, platform: TargetPlatform): boolean {
  if (os !== platform.os) return false;
  if (os === "linux" && (cpu !== platform.cpu || (platform.libc !== undefined && libc !== platform.libc))) return false;
  return abi === undefined || ABIS[platform.node] === undefined || abi === ABIS[platform.node];
}

/** `Node.js 20` of a binary interface's number, for messages. */
export function nodeOfAbi(abi: number): string {
  const major = Object.keys(ABIS).find((one) => ABIS[Number(one)] === abi);
  return major === undefined ? `the Node.js of ABI ${abi}` : `Node.js ${major}`;
}
