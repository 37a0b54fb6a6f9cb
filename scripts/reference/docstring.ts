import { parse, type Spec } from "comment-parser";

/** A docstring, with its tags taken apart. */
export interface Docstring {
  readonly description: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string;
  /** What is thrown, and when. */
  readonly throws: readonly { readonly type: string; readonly text: string }[];
  readonly examples: readonly string[];
}

/** Reads a comment, with its delimiters. An empty text is a docstring that says nothing. */
export function readDocstring(comment: string): Docstring {
  const [block] = parse(comment, { spacing: "preserve" });
  const tags = block?.tags ?? [];
  function of(name: string): Spec[] {
    return tags.filter(({ tag }) => tag === name);
  }
  return {
    description: paragraphs(block?.description ?? ""),
    params: of("param").map(({ name, description }) => ({ name, text: paragraphs(description) })),
    // comment-parser takes the first word for a name.
    returns: of("returns")
      .map(({ name, description }) => paragraphs(`${name} ${description}`))
      .join(" "),
    throws: of("throws").map(({ type, name, description }) => ({ type, text: paragraphs(`${name} ${description}`) })),
    examples: of("example").map(({ source }) => exampleOf(source.map(({ source: line }) => line))),
  };
}

function exampleOf(lines: readonly string[]): string {
  const code = lines.map((line) => line.replace(/^\s*\/?\*+\/? ?/, "").replace(/\s*\*\/$/, ""));
  return code
    .join("\n")
    .replace(/^@example\s*/, "")
    .trim();
}

/** Lines of one paragraph are one line, as Markdown needs it in tables; those of lists stay. */
function paragraphs(text: string): string {
  return text
    .trim()
    .replaceAll(/([^\n])\n(?!\n|\s*[-*] )\s*/g, "$1 ")
    .replaceAll(/\n{3,}/g, "\n\n");
}
