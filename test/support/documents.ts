import { readFileSync } from "node:fs";
import { join } from "node:path";
import GithubSlugger from "github-slugger";
import { marked, type Token } from "marked";
import { globSync } from "tinyglobby";
import { packageRoot } from "./project-directory.ts";

/** A code block of a document. */
export interface CodeBlock {
  readonly path: string;
  /** Of its first line of code in the document, from 1. */
  readonly line: number;
  /** The first word after the fence; empty if there is none. */
  readonly language: string;
  /** What follows the language: `runs`, `continues`, `with=aws-cdk-lib`. */
  readonly marks: readonly string[];
  readonly code: string;
}

export interface Link {
  readonly path: string;
  readonly target: string;
}

/** Every Markdown file of the repository, by its path. */
export const DOCUMENTS: ReadonlyMap<string, string> = new Map(
  globSync("**/*.md", { cwd: packageRoot, ignore: ["**/node_modules/**", "**/.*/**", "dist/**"] })
    .toSorted()
    .map((path) => [path, readFileSync(join(packageRoot, path), "utf8")]),
);

export function documentText(path: string): string {
  const text = DOCUMENTS.get(path);
  if (text === undefined) throw new Error(`there is no ${path}`);
  return text;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  marked.walkTokens(marked.lexer(text), (token) => void tokens.push(token));
  return tokens;
}

/** All code blocks of a document, in their order. */
export function codeBlocks(path: string): CodeBlock[] {
  const text = documentText(path);
  let end = 0;
  return tokensOf(text).flatMap((token): CodeBlock[] => {
    if (token.type !== "code") return [];
    const [language = "", ...marks] = (token.lang ?? "").split(/\s+/);
    const first = token.text.split("\n")[0] ?? "";
    const start = text.indexOf(first, text.indexOf("```", end));
    end = text.indexOf("```", start) + 3;
    return [{ path, line: text.slice(0, start).split("\n").length, language, marks, code: `${token.text}\n` }];
  });
}

/** All links and pictures of a document, those in HTML too. */
export function linksOf(path: string): Link[] {
  return tokensOf(documentText(path)).flatMap((token) => {
    if (token.type === "link" || token.type === "image") return [{ path, target: String(token.href) }];
    if (token.type !== "html") return [];
    const attributes = [...token.text.matchAll(/\b(?:href|src|srcset)="([^"]*)"/g)];
    return attributes.map(([, target = ""]) => ({ path, target }));
  });
}

/** What may follow `#` in a link to a document: its headings as GitHub names them, and its own ids. */
export function anchorsOf(path: string): ReadonlySet<string> {
  const slugger = new GithubSlugger();
  const text = documentText(path);
  const headings = tokensOf(text).flatMap((token) => (token.type === "heading" ? [slugger.slug(plain(token))] : []));
  const ids = [...text.matchAll(/<\w+ (?:id|name)="([^"]+)"/g)].map(([, id = ""]) => id);
  return new Set([...headings, ...ids]);
}

/** A heading's words without their marks. */
function plain(token: Token): string {
  if ("tokens" in token && token.tokens !== undefined) return token.tokens.map(plain).join("");
  return "text" in token ? String(token.text) : "";
}
