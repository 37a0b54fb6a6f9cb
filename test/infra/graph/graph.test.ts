import { expect, it } from "vitest";
import { mermaidText } from "../../../infra/graph/mermaid.ts";
import { outlineText } from "../../../infra/graph/outline-text.ts";
import { graphPicture } from "../../../infra/graph/picture.ts";
import { outlineOf, type Outline } from "../../../infra/run/timeline/outline.ts";

/** A state machine that somebody has written by hand. */
function outline(): Outline {
  const found = outlineOf(
    JSON.stringify({
      StartAt: 'Check "it" <#1;>',
      States: {
        'Check "it" <#1;>': {
          Type: "Choice",
          Choices: [
            { Variable: "$.n", IsNull: true, Next: "Each" },
            { Condition: "{% $n = 1 %}", Next: "Both" },
          ],
          Default: "End",
        },
        Each: {
          Type: "Map",
          ItemProcessor: { StartAt: "One", States: { One: { Type: "Task", Resource: "r", End: true } } },
          Catch: [{ ErrorEquals: ["States.ALL"], Next: "End" }],
          Next: "Both",
        },
        Both: {
          Type: "Parallel",
          Branches: ["Left", "Right"].map((name) => ({
            StartAt: name,
            States: { [name]: { Type: "Pass", End: true } },
          })),
          Next: "End",
        },
        End: { Type: "Succeed" },
      },
    }),
    false,
  );
  if (found === undefined) throw new Error("it has states");
  return found;
}

it("is printed with a line for each state, and where it goes on", () => {
  expect(outlineText("by hand", outline()).split("\n")).toEqual([
    "by hand",
    '  Check "it" <#1;>  Choice    → Each if {"Variable":"$.n","IsNull":true}, → Both if $n = 1, → End otherwise',
    "  Each              Map       → Both, → End on error",
    "    One  Task",
    "  Both              Parallel  → End",
    "    branch 1",
    "      Left  Pass",
    "    branch 2",
    "      Right  Pass",
    "  End               Succeed",
  ]);
});

it("is Mermaid's flowchart, whatever states are called", () => {
  expect(mermaidText(outline()).split("\n")).toEqual([
    "flowchart TD",
    '  n1{"Check #quot;it#quot; #lt;#35;1;#gt;"}',
    '  subgraph n2 ["Each"]',
    '    n5["One"]',
    "  end",
    '  subgraph n3 ["Both"]',
    '    n6["Left"]',
    '    n7["Right"]',
    "  end",
    '  n4["End"]',
    '  n1 -->|"if {#quot;Variable#quot;:#quot;$.n#quot;,#quot;IsNull#quot;:true}"| n2',
    '  n1 -->|"if $n = 1"| n3',
    '  n1 -->|"otherwise"| n4',
    "  n2 --> n3",
    '  n2 -->|"on error"| n4',
    "  n3 --> n4",
  ]);
});

it("is a picture, whose boxes nobody can press", () => {
  const picture = graphPicture("by hand", outline());
  expect(picture).toMatch(/^<svg xmlns=.*aria-label="Graph of by hand"/);
  expect(picture).toContain("Check &quot;it&quot; &lt;#1;&gt;");
  expect(picture).not.toMatch(/role="button"|no bars/);
});
