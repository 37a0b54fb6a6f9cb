// Downloads a sparse file of 1 GB from a directory, and tells by how much the process grew meanwhile.
import { closeSync, ftruncateSync, mkdirSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { S3File } from "../../../sdk/values/file.ts";
import { currentStore } from "../../../sdk/store/current-store.ts";

const [, , directory = "", bytes = ""] = process.argv;
process.env["LAMBENT_STORE"] = directory;
process.env["TMPDIR"] = directory;
const path = join(directory, "local/model.bin");
mkdirSync(join(directory, "local"), { recursive: true });
const file = openSync(path, "w");
ftruncateSync(file, Number(bytes));
closeSync(file);
const { store } = await currentStore();
const { version = "" } = (await store.head("local", "model.bin")) ?? {};
const before = process.memoryUsage.rss();
let most = before;
const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
const copy = await new S3File({ uri: "s3://local/model.bin", version, format: "bin" }).download();
clearInterval(timer);
console.log(JSON.stringify({ grown: most - before, size: statSync(copy).size }));
