import { isJsonObject, type Json, type JsonObject, printPath } from "../../../sdk/base/json.ts";
import type { MockedInvocations, MockedResponse } from "../interpreter/mocked-tasks.ts";

/**
 * What AWS's Step Functions Local reads of its mock file:
 * https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html. Further fields beside these two
 * are left alone.
 * @example
 * const mocks: MockConfiguration = {
 *   StateMachines: { orders: { TestCases: { Paid: { Charge: "Charged" } } } },
 *   MockedResponses: { Charged: { "0": { Return: { StatusCode: 200 } } } },
 * };
 */
export interface MockConfiguration {
  /** By the name of the state machine. */
  readonly StateMachines: Readonly<Record<string, MockedStateMachine>>;
  /** By a name of its own: responses by the number of the invocation from 0, as `"0"`, or by a range, as `"1-3"`. */
  readonly MockedResponses?: Readonly<Record<string, Readonly<Record<string, MockedResponse>>>>;
}

/** The test cases of a state machine. */
interface MockedStateMachine {
  /** By the name of the test case: for the name of each mocked Task the name of its responses. */
  readonly TestCases: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Whatever is wrong with a mock configuration, each with its path; nothing if it is a {@link MockConfiguration}. */
export function mockFaults(value: Json): readonly string[] {
  if (!isJsonObject(value)) return [`it is ${shown(value)}, and must be an object with StateMachines`];
  const { StateMachines, MockedResponses = {} } = value;
  const responses = new Set(isJsonObject(MockedResponses) ? Object.keys(MockedResponses) : []);
  return [
    ...inObject(StateMachines, ["StateMachines"], (machine, path) => inStateMachine(machine, path, responses)),
    ...inObject(MockedResponses, ["MockedResponses"], inMockedResponse),
  ];
}

type Path = readonly string[];

function fault([root = "", ...rest]: Path, what: string): string {
  return `${printPath(root, rest)} ${what}`;
}

const LONGEST_SHOWN = 40;

function shown(value: Json | undefined): string {
  return value === undefined ? "missing" : JSON.stringify(value).slice(0, LONGEST_SHOWN);
}

/** What is wrong with the fields of an object, or that it is none. */
function inObject(
  value: Json | undefined,
  path: Path,
  inField: (field: Json, path: Path) => readonly string[],
): readonly string[] {
  if (!isJsonObject(value)) return [fault(path, `is ${shown(value)}, and must be an object`)];
  return Object.entries(value).flatMap(([name, field]) => inField(field, [...path, name]));
}

/** What an object has that nothing reads, and so is a mistake in spelling. */
function unknownFields(value: JsonObject, path: Path, known: readonly string[]): readonly string[] {
  const unknown = Object.keys(value).filter((name) => !known.includes(name));
  return unknown.map((name) => fault([...path, name], `is not known: only ${known.join(" and ")} can be here`));
}

function inStateMachine(machine: Json, path: Path, responses: ReadonlySet<string>): readonly string[] {
  if (!isJsonObject(machine)) return [fault(path, `is ${shown(machine)}, and must be an object with TestCases`)];
  return [
    ...unknownFields(machine, path, ["TestCases"]),
    ...inObject(machine.TestCases, [...path, "TestCases"], (testCase, at) =>
      inObject(testCase, at, (name, place) => inMockedState(name, place, responses)),
    ),
  ];
}

function inMockedState(name: Json, path: Path, responses: ReadonlySet<string>): readonly string[] {
  if (typeof name !== "string") return [fault(path, `is ${shown(name)}, and must be a name of MockedResponses`)];
  if (responses.has(name)) return [];
  return [fault(path, `is "${name}", which MockedResponses does not have`)];
}

/** Not a single invocation is allowed: then the execution fails where the state is reached, as in AWS's local version. */
function inMockedResponse(response: Json, path: Path): readonly string[] {
  const faults = inObject(response, path, inInvocation);
  if (!isJsonObject(response)) return faults;
  const ranges = Object.keys(response).flatMap((key) => {
    const range = rangeOf(key);
    return range === undefined ? [] : [{ key, ...range }];
  });
  const overlaps = ranges.flatMap((one, index) => {
    const earlier = ranges.slice(0, index).find((other) => other.first <= one.last && one.first <= other.last);
    return earlier === undefined
      ? []
      : [fault([...path, one.key], `is for invocations that "${earlier.key}" is for too`)];
  });
  return [...faults, ...overlaps];
}

function inInvocation(response: Json, path: Path): readonly string[] {
  const key = path.at(-1) ?? "";
  if (rangeOf(key) === undefined)
    return [fault(path, 'is no number of an invocation: write "0" for the first, "1-3" for the second to the fourth')];
  if (!isJsonObject(response) || "Return" in response === "Throw" in response)
    return [fault(path, "must be an object with either Return or Throw")];
  const unknown = unknownFields(response, path, ["Return", "Throw"]);
  return "Throw" in response ? [...unknown, ...inThrow(response.Throw, [...path, "Throw"])] : unknown;
}

function inThrow(thrown: Json | undefined, path: Path): readonly string[] {
  if (!isJsonObject(thrown)) return [fault(path, `is ${shown(thrown)}, and must be an object with Error and Cause`)];
  const texts = ["Error", "Cause"].filter((name) => typeof thrown[name] !== "string");
  return [
    ...unknownFields(thrown, path, ["Error", "Cause"]),
    ...texts.map((name) => fault([...path, name], `is ${shown(thrown[name])}, and must be a text`)),
  ];
}

/** Undefined if it is neither a number nor a range of them. */
function rangeOf(key: string): { readonly first: number; readonly last: number } | undefined {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(key) ?? [];
  if (first === undefined || Number(first) > Number(last)) return undefined;
  return { first: Number(first), last: Number(last) };
}

/** The responses to the invocations of a state. */
export function invocationsOf(responses: Readonly<Record<string, MockedResponse>>): readonly MockedInvocations[] {
  return Object.entries(responses).flatMap(([key, response]) => {
    const range = rangeOf(key);
    return range === undefined ? [] : [{ ...range, response }];
  });
}
