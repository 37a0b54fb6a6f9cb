/** What stands before each case in its module. */
export const HEAD = `import { ActorEnvironment, and, conditional, eq, gt, isTrue, mapTask, partial, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "a" });
const score = task(async function score({ text }: { text: string }) { if (text) return { ok: true, tags: [text] }; return { ok: false, tags: [] }; });
const rate = actor.task(async function rate({ n }: { n: number }) { return n; });
const sub = workflow({ a: 1 }, function sub({ a }) { return a; });
const options = { x: true, y: 0 };
`;

/** A module with a workflow, and this as what its function does. */
export function within(body: string): string {
  return `${HEAD}export const wf = workflow({ a: 1, user: { name: "x", tags: ["t"] } }, function wf({ a, user }) {\n${body}\n});`;
}

export const ERRORS: [body: string, told: string][] = [
  ["if (a) return 1;", "2:5 error if (a) always takes its first branch"],
  ["if (user.tags[0]) return 1;", "2:5 error if (user.tags[0]) always takes its first branch"],
  ["if ((a as unknown as boolean)!) return 1;", "2:6 error if (a) always takes its first branch"],
  ["return user.name ? 1 : 2;", "2:8 error user.name ? … "],
  ['return user.name || "none";', "2:8 error user.name || … always takes its left side"],
  ['return user.name ?? "none";', "2:8 error user.name ?? … always takes its left side"],
  ["return a && rate({ n: a });", "2:8 error a && … always takes its right side"],
  ["let b = a; b ||= rate({ n: 1 }); return b;", "2:12 error b ||= … always takes its left side"],
  ["return !a;", "2:9 error !a is always false"],
  ["return Boolean(rate({ n: 1 }));", "2:16 error Boolean(…) takes rate(…) for true, always"],
  ["if (options.x && a) return 1;", "2:18 error if (a) always takes its first branch"],
  ["if (options.x || !a) return 1;", "2:19 error !a is always false"],
  ["return a === 1;", "2:8 error a === 1 is always false"],
  ["return 1 != a;", "2:13 error 1 != a is always true"],
  ["return a < 3;", "2:8 error a < 3 cannot be told"],
  ["return user.name == null;", "2:8 error user.name == null is always false"],
  ["return Object.is(a, 1);", "2:18 error Object.is(…) is always false"],
  ["switch (user.name) { case 'x': return 1; default: return 2; }", "2:9 error no case of this switch is ever taken"],
  ["switch (true) { case user.name: return 1; default: return 2; }", "2:22 error no case of this switch is ever taken"],
  ["for (let i = 0; i < user.tags.length; i++) rate({ n: i });", "2:21 error i < user.tags.length cannot be told"],
  ["while (user.name) rate({ n: 1 });", "2:8 error the loop on user.name never ends"],
  ["do rate({ n: 1 }); while (a);", "2:27 error the loop on a never ends"],
  ["for (; a; ) rate({ n: 1 });", "2:8 error the loop on a never ends"],
  [
    "let next = score({ text: 'a' }); while (next.ok) next = score({ text: 'b' });",
    "2:41 error the loop on next.ok never ends",
  ],
  ["const { ok } = score({ text: 'a' }); if (ok) return 1;", "2:42 error if (ok) always takes its first branch"],
  [
    "const { tags: { 0: tag } } = score({ text: 'a' }); if (tag) return 1;",
    "2:56 error if (tag) always takes its first branch",
  ],
  ["let r; r = rate({ n: 1 }); if (r) return 1;", "2:32 error if (r) always takes its first branch"],
  ["const both = { r: rate({ n: 1 }) }; if (both.r) return 1;", "2:41 error if (both.r) always takes its first branch"],
  ["const [r] = [rate({ n: 1 })]; if (r) return 1;", "2:35 error if (r) always takes its first branch"],
  ["if (mapTask(rate)({ n: [1] })) return 1;", "2:5 error if (mapTask(…)(…)) always"],
  ["const each = mapTask(partial(score, { text: 'a' })); if (each({})) return 1;", "2:58 error if (each(…)) always"],
  ["if (rate.withOverrides({ retries: 1 })({ n: 1 })) return 1;", "2:5 error if (rate.withOverrides(…)(…)) always"],
  ["if (sub({ a: 1 })) return 1;", "2:5 error if (sub(…)) always takes its first branch"],
  [
    "if (conditional(gt(a, 1), () => 1, () => 2)) return 1;",
    "2:5 error if (conditional(…)) always takes its first branch",
  ],
  [
    "const n = options.x ? rate({ n: 1 }) : rate({ n: 2 }); if (n) return 1;",
    "2:60 error if (n) always takes its first branch",
  ],
  [
    "const results = [1, 2].map((n) => rate({ n })); return results.filter((r) => r);",
    "2:78 error results.filter(…) takes r for true, always",
  ],
  [
    "for (const r of [1, 2].map((n) => rate({ n }))) if (r) return 1;",
    "2:53 error if (r) always takes its first branch",
  ],
  ["return [a, user.name].filter(Boolean);", "2:30 error"],
  ["return conditional(gt(a, 1), () => (user.name ? 1 : 2), () => 1);", "2:37 error user.name ? … "],
  [
    "return conditional(gt(a, 1), () => { const r = rate({ n: 1 }); if (r) return 1; return 2; }, () => 1);",
    "2:68 error if (r) always",
  ],
  ["function pick(value) { return value ? 1 : 2; } return [pick(a), pick(user.name)];", "2:31 error value ? … "],
  ["const pick = ({ of }) => of || 1; return pick({ of: a });", "2:26 error of || … always takes its left side"],
  ["const twice = (n) => rate({ n: rate({ n }) }); if (twice(1)) return 1;", "2:52 error if (twice(…)) always"],
  ["if (eq(a, 1)) return 1;", "2:5 error if (eq(…)) always takes its first branch"],
  ["return conditional(eq(a, 1) && gt(a, 0), () => 1, () => 2);", "2:20 error eq(…) && … always takes its right side"],
  ["return !isTrue(user.name as never);", "2:9 error !isTrue(…) is always false"],
];

const MORE: [body: string, told: string][] = [
  ["let b = user; b = b ?? rate({ n: 1 }); return b;", "2:19 error b ?? … always takes its left side"],
  ["let b = user; while (b.name) b = b.name; return b;", "2:22 error the loop on b.name never ends"],
  ["function walk(n) { if (n.tags) walk(n.tags); } walk(user);", "2:24 error if (n.tags) always"],
  ["const call = options.x ? rate : score; if (call({})) return 1;", "2:44 error if (call(…)) always"],
  [
    "const rs = [1].map((n) => { const r = rate({ n }); return r; }); return rs.some((r) => { return r; });",
    "2:97 error",
  ],
  [
    "const rs = Array.from([1], (n) => rate({ n })); return rs.find((r) => r === user);",
    "2:71 error r === user is always false",
  ],
  ["let r; if ((r = rate({ n: 1 }))) return 1;", "2:13 error if (r) always"],
  ["const tasks = { rate, score }; if (tasks.rate({ n: 1 })) return 1;", "2:36 error if (tasks.rate(…)) always"],
  ["const isBig = (n) => gt(n, 3); return isBig(a) ? 1 : 2;", "2:39 error isBig(…) ? … "],
  ["while (true) { if (a) break; }", "2:20 error if (a) always"],
  ["return user.tags.length ? 1 : 2;", "2:8 error user.tags.length ? …"],
  ["a ||= 3; return a;", "2:1 error a ||= … always takes its left side"],
];
ERRORS.push(...MORE);

export const WARNINGS: [body: string, told: string][] = [
  ["return typeof a;", '2:15 warning typeof a is always "function"'],
  ["return Array.isArray(user.tags);", "2:22 warning Array.isArray(…) is always false"],
  ["return Number.isInteger(a);", "2:25 warning Number.isInteger(…) is always false"],
  ["return a instanceof Date;", "2:8 warning a instanceof … cannot be told"],
  ["return 'x' in user;", "2:15 warning … in user cannot be told"],
  ["return ['x'].includes(user.name);", "2:23 warning"],
  ["return new Map([['x', 1]]).get(user.name);", "2:32 warning"],
  ["const { ok = true } = score({ text: 'a' }); return ok;", "2:9 warning the default of ok is never taken"],
  [
    "const { tags: { 0: tag = 'x' } } = score({ text: 'a' }); return tag;",
    "2:20 warning the default of tag is never taken",
  ],
  ["return user?.name;", "2:8 warning ?. after user does nothing"],
  ["try { return rate({ n: a }); } catch { return 1; }", "2:1 warning try { … } around rate(…) never sees it fail"],
  ["try { const r = rate({ n: a }); return r; } finally { console.log(1); }", "2:1 warning try { … } around rate(…)"],
];

export const FINE: string[] = [
  "return user.tags[0]?.length;",
  "let last = undefined; for (const n of [1, 2]) { if (last) rate({ n }); last = rate({ n }); } return last;",
  "let b; b = b ?? rate({ n: 1 }); return b ? 1 : 2;",
  "function walk(n) { return n ? walk(n.next) : 1; } return walk(walk(options));",
  "let n = options; while (n.x) n = n.next; return n;",

  "if (options.x) return 1;",
  "const limit = 3; if (limit > 2) return a;",
  "let found; for (const n of [1, 2]) { if (found) break; found = rate({ n }); } return found;",
  "let found = undefined; if (options.y) found = rate({ n: 1 }); return found ? 1 : 2;",
  "let found: unknown; if (options.x) found = rate({ n: 1 }); return found ? 1 : 2;",
  "const r = options.x ? rate({ n: 1 }) : undefined; if (r) return r; return 1;",
  "const r = options.x && rate({ n: 1 }); if (r) return r; return 1;",
  "let b = a; b = 4; if (b) return 1;",
  "function pick(value) { return value ? 1 : 2; } return [pick(a), pick(3)];",
  "function pick(value?: unknown) { return value ? 1 : 2; } return pick(a);",
  "function pick(value: unknown | undefined) { return value ? 1 : 2; } return pick(a);",
  "function pick(value = 3) { return value ? 1 : 2; } return pick(a as never);",
  "const pick = (value) => value ? 1 : 2; return [1, 2].map(pick);",
  "const results = []; for (const n of [1]) results.push(rate({ n })); if (results.length > 0 && results[0]) return 1;",
  "const both = { r: rate({ n: 1 }) }; both.r = undefined; if (both.r) return 1;",
  "const list = [rate({ n: 1 })]; list.push(0); return list.filter((one) => one);",
  "const results = [1, 2].map((n) => rate({ n })); if (results[0]) return 1; return results.length > 0;",
  "const { missing = 1 } = { ...options }; return missing;",
  "{ const a = 3; if (a) return a; }",
  "const fn = (a: number) => (a ? 1 : 2); return fn(3);",
  "try { JSON.parse('{}'); } catch { return 1; } return a;",
  "try { const later = () => rate({ n: 1 }); void later; } catch { return 1; } return a;",
  "return rate.taskName === 'rate' ? 1 : 2;",
  "if (typeof options === 'object' && Array.isArray([])) return 1;",
  "const Boolean = (value: unknown) => value; return Boolean(a);",
  "const table = { find: (fn: (n: number) => unknown) => fn(1) }; return table.find((n) => rate({ n }));",
  "switch (options.y) { case 0: return a; default: return user; }",
  "return conditional(and(eq(a, 1), gt(a, 0)), () => 1, () => 2);",
  "async function later(x: unknown) { return x; } if (later(a)) return 1;",
];
