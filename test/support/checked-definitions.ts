import { afterAll, vi } from "vitest";
import type { Definition } from "../../infra/compile/compile.ts";
import type { validateDefinition } from "../../infra/validate/validate.ts";

// Every definition that is compiled in the process of a test is looked at: at once by our own checks, and at the end of
// the file by asl-validator, which makes its tables anew at each call (0.1 s), so it gets all of them in one.
const compiled = new Set<string>();
let validate: typeof validateDefinition;

vi.mock(import("../../infra/compile/compile.ts"), async (original) => {
  const { compile, compileWorkflow } = await original();
  // Here, since most files compile nothing.
  ({ validateDefinition: validate } = await import("../../infra/validate/validate.ts"));
  return {
    compile: (...given: Parameters<typeof compile>) => noted(compile(...given)),
    compileWorkflow(...given: Parameters<typeof compileWorkflow>) {
      const { definition, parts } = compileWorkflow(...given);
      for (const part of parts) noted(part.definition);
      return { definition: noted(definition), parts };
    },
  };
});

/**
 * Literals in the form that asl-validator knows: of an Output it takes objects and expressions alone, and in templates no
 * empty text and no list within a list, where Step Functions takes any value.
 */
function asItKnows(field: string, value: unknown): unknown {
  const isExpression = typeof value === "string" && value.startsWith("{%");
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (value === "") return '{% "" %}';
  // Its patterns read one line.
  if (typeof value === "string" && /[\n\r\u2028\u2029]/.test(value)) return isExpression ? "{% null %}" : "text";
  if (Array.isArray(value)) return value.map((item) => (Array.isArray(item) ? "{% null %}" : item)) as unknown;
  return field === "Output" && !isExpression && !isObject ? "{% null %}" : value;
}

function noted(definition: Definition): Definition {
  const text = JSON.stringify(definition);
  if (compiled.has(text)) return definition;
  compiled.add(text);
  const errors = validate(text).filter(({ severity }) => severity === "ERROR");
  if (errors.length > 0) throw new Error(`a definition has errors: ${JSON.stringify(errors)}`);
  return definition;
}

afterAll(async () => {
  if (compiled.size === 0) return;
  const { default: aslValidator } = await import("asl-validator");
  const Branches = [...compiled].map((text) => {
    const { StartAt, States } = JSON.parse(text, asItKnows) as Definition;
    return { StartAt, States };
  });
  const { errors } = aslValidator({
    QueryLanguage: "JSONata",
    StartAt: "All",
    States: { All: { Type: "Parallel", Branches, End: true } },
  });
  // The names of one definition may be those of another; within one our own checks have seen to it.
  const found = errors.filter((error) => error["Error code"] !== "DUPLICATE_STATE_NAMES");
  if (found.length > 0) throw new Error(`asl-validator refuses a definition: ${JSON.stringify(found.slice(0, 5))}`);
}, 120_000);
