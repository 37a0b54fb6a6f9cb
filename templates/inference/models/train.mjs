// Makes languages.json of texts/<language>.txt: npm run train
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { trigramsOf } from "./trigrams.mjs";

const texts = new URL("texts/", import.meta.url);
const languages = {};
for (const file of readdirSync(texts).toSorted()) {
  const trigrams = {};
  for (const trigram of trigramsOf(readFileSync(new URL(file, texts), "utf8")))
    trigrams[trigram] = (trigrams[trigram] ?? 0) + 1;
  languages[file.replace(".txt", "")] = trigrams;
}
writeFileSync(new URL("languages.json", import.meta.url), `${JSON.stringify(languages)}\n`);
