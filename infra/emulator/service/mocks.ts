import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { allStates, type Fields } from "../../asl/states.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { MockedTasks, type StoredMock } from "../interpreter/mocked-tasks.ts";
import { ApiError } from "../kernel/api-error.ts";
import { invocationsOf, type MockConfiguration, mockFaults } from "./mock-configuration.ts";
import type { Startable, StateMachineRegistry } from "./state-machine-registry.ts";

/** Where Tasks are mocked: a file, which is read again when a test case is started, or what such a file says. */
export class Mocks {
  readonly #source: string | MockConfiguration;
  /** For people to read. */
  readonly #name: string;
  #text: string | undefined;
  #read: MockConfiguration | undefined;

  /** @throws {LambentError} if the file cannot be read, or is no mock file */
  constructor(source: string | MockConfiguration) {
    this.#source = typeof source === "string" ? resolve(source) : source;
    this.#name = typeof this.#source === "string" ? `the mock file ${this.#source}` : "the option mocks";
    this.#configuration();
  }

  /** Whether there are test cases of this state machine. @throws {ApiError} if the file is no mock file any more */
  mention(stateMachineName: string): boolean {
    return Object.hasOwn(this.#current().StateMachines, stateMachineName);
  }

  /** @throws {ApiError} `ValidationException` if there is no such test case, or it mocks what is no Task of the machine */
  tasks({ name, revision }: Startable, testCase: string): MockedTasks {
    const { StateMachines, MockedResponses = {} } = this.#current();
    const cases = new Map(Object.entries(new Map(Object.entries(StateMachines)).get(name)?.TestCases ?? {}));
    const mocked = cases.get(testCase);
    if (mocked === undefined) {
      const there = cases.size === 0 ? "none of this state machine" : [...cases.keys()].join(", ");
      throw invalid(`The test case '${testCase}' of '${name}' is not in ${this.#name}: it has ${there}`);
    }
    const types = typesOfStates(revision.definition);
    const responsesOf = new Map(Object.entries(MockedResponses));
    const states = Object.entries(mocked).map(([state, responses]): StoredMock => {
      const fault = noTask(state, types);
      if (fault !== undefined)
        throw invalid(`The test case '${testCase}' of '${name}' in ${this.#name} mocks ${fault}`);
      // `mockFaults` has seen to it that they are there.
      return { state, responses, invocations: invocationsOf(responsesOf.get(responses) ?? {}), made: 0 };
    });
    return new MockedTasks({ testCase, states });
  }

  /** As `#configuration`, for a request. */
  #current(): MockConfiguration {
    try {
      return this.#configuration();
    } catch (error) {
      throw invalid(messageOf(error));
    }
  }

  #configuration(): MockConfiguration {
    if (typeof this.#source !== "string") return (this.#read ??= this.#checked(JSON.stringify(this.#source)));
    const text = this.#textOf(this.#source);
    if (this.#read === undefined || text !== this.#text) this.#read = this.#checked(text);
    this.#text = text;
    return this.#read;
  }

  #textOf(file: string): string {
    try {
      // A file may begin with a byte order mark, which is no JSON.
      return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    } catch (error) {
      throw new LambentError(
        `${this.#name} cannot be read: ${messageOf(error)}. Give the path of a file that is there (--mock, SFN_MOCK_CONFIG, mocks)`,
      );
    }
  }

  #checked(text: string): MockConfiguration {
    let value: Json;
    try {
      value = parseJson(text);
    } catch (error) {
      throw new LambentError(`${this.#name} is no JSON: ${messageOf(error)}`);
    }
    const faults = mockFaults(value);
    if (faults.length > 0) throw new LambentError(`${this.#name} cannot be used: ${faults.join("; ")}`);
    return value as unknown as MockConfiguration; // its shape has just been looked at
  }
}

/** By their names, those within others included. */
function typesOfStates(definition: string): ReadonlyMap<string, unknown> {
  const parsed: Fields = JSON.parse(definition);
  return new Map(allStates(parsed).map(([name, state]) => [name, state["Type"]]));
}

/** Why a state cannot be mocked, if it cannot. */
function noTask(state: string, types: ReadonlyMap<string, unknown>): string | undefined {
  const type = types.get(state);
  if (type === "Task") return undefined;
  const what = type === undefined ? "no state of it" : `a ${String(type)} state`;
  const tasks = [...types.keys()].filter((name) => types.get(name) === "Task").join(", ");
  return `'${state}', which is ${what}: its Task states can be mocked, which are ${tasks === "" ? "none" : tasks}`;
}

function invalid(message: string): ApiError {
  return new ApiError("ValidationException", message);
}

/**
 * What StartExecution is to run: of `arn#TestCase` with that test case's mocks, of `arn#` without any, as in AWS's local
 * version. Without mocks # is a part of the name, as on AWS, and no state machine has it in its name.
 */
export function startable(registry: StateMachineRegistry, mocks: Mocks | undefined, arn: string): Startable {
  const at = arn.indexOf("#");
  if (at === -1) return registry.startable(arn);
  if (mocks === undefined) {
    throw new ApiError(
      "StateMachineDoesNotExist",
      `State Machine Does Not Exist: '${arn}'. A test case after # is looked for in a mock file: give one with --mock FILE, SFN_MOCK_CONFIG or the option mocks`,
    );
  }
  const machine = registry.startable(arn.slice(0, at));
  const testCase = arn.slice(at + 1);
  return testCase === "" ? machine : { ...machine, mocks: mocks.tasks(machine, testCase) };
}
