/** What a colour is for. Themes say which it is. */
export type Role =
  | "ground"
  | "lane"
  | "rule"
  | "ink"
  | "muted"
  | "load"
  | "load-mark"
  | "failed"
  | "wait"
  | "queue"
  | "span"
  | "focus"
  | NodeRole;

export type NodeRole = `node-${number}`;

export type Theme = Readonly<Record<string, string>>;

/**
 * The colours of nodes, after Okabe and Ito and Paul Tol: told apart by those who do not see red, green or blue, by
 * their lightness too. Each has 3:1 against both grounds. Orange and vermilion are kept for loads and failures.
 */
const NODES = ["#0072b2", "#0f8a68", "#b8588f", "#86761a", "#7463c9", "#64748b", "#a05a2c", "#2b8799"];

export const LIGHT: Theme = {
  ground: "#ffffff",
  lane: "#f3f5f8",
  rule: "#dfe3ea",
  ink: "#1a2029",
  muted: "#566070",
  load: "#f0a92b",
  "load-mark": "#7a4a00",
  failed: "#c94f0a",
  wait: "#8a94a3",
  queue: "#97a1b0",
  span: "#c9d0da",
  focus: "#101418",
  ...nodeColours(),
};

export const DARK: Theme = {
  ground: "#12161c",
  lane: "#1b212a",
  rule: "#2f3845",
  ink: "#e8ecf2",
  muted: "#a3aebd",
  load: "#f0a92b",
  "load-mark": "#5b3700",
  failed: "#c94f0a",
  wait: "#7d8897",
  queue: "#8591a1",
  span: "#3d4856",
  focus: "#ffffff",
  ...nodeColours(),
};

function nodeColours(): Theme {
  return Object.fromEntries(NODES.map((colour, index) => [`node-${index}`, colour]));
}

/** The colour of the node that is at this place in a timeline's list. */
export function nodeRole(index: number): NodeRole {
  return `node-${Math.max(0, index) % NODES.length}`;
}

/** The colour of each node, in whatever is drawn of a timeline. */
export function coloursOf(nodes: readonly { readonly name: string }[]): (node: string) => NodeRole {
  const places = new Map(nodes.map(({ name }, index) => [name, index]));
  return (node) => nodeRole(places.get(node) ?? 0);
}

/** What is written on a colour that both themes have: white, or black where that is easier to read. */
export function inkOn(role: Role): "#ffffff" | "#000000" {
  const colour = LIGHT[role] ?? "#ffffff";
  return contrast(colour, "#ffffff") >= 4.5 ? "#ffffff" : "#000000";
}

/** WCAG's contrast ratio, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((left, right) => right - left);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * The themes as custom properties of the root, `--load` and so on, and as classes: `f-load` fills with it, `s-load`
 * draws lines in it.
 */
export function themeStyle(): string {
  const classes = Object.keys(LIGHT).map((role) => `.f-${role}{fill:var(--${role})}.s-${role}{stroke:var(--${role})}`);
  return `:root{${properties(LIGHT)}}@media (prefers-color-scheme:dark){:root{${properties(DARK)}}}${classes.join("")}`;
}

function properties(theme: Theme): string {
  return Object.entries(theme)
    .map(([role, colour]) => `--${role}:${colour}`)
    .join(";");
}
