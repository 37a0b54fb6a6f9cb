import type { Json } from "../../../sdk/base/json.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";

/**
 * What a mock file says of an invocation of a Task: its result, or the error that it fails with.
 * @example
 * const busy: MockedResponse = { Throw: { Error: "Lambda.TooManyRequestsException", Cause: "Rate exceeded" } };
 * const done: MockedResponse = { Return: { StatusCode: 200, Payload: { ok: true } } };
 */
export type MockedResponse =
  | { readonly Return: Json }
  | { readonly Throw: { readonly Error: string; readonly Cause: string } };

/** The response of the invocations `first` to `last`, both included, counted from 0. */
export interface MockedInvocations {
  readonly first: number;
  readonly last: number;
  readonly response: MockedResponse;
}

/** A mocked state in a file. */
export interface StoredMock {
  readonly state: string;
  /** As `MockedResponses` names them. */
  readonly responses: string;
  readonly invocations: readonly MockedInvocations[];
  /** How many of the invocations there have been. */
  readonly made: number;
}

/** The test case that an execution runs, in a file. */
export interface StoredMocks {
  readonly testCase: string;
  readonly states: readonly StoredMock[];
}

/** A Task of which no invocation leaves this process. */
export class MockedTask {
  readonly #mock: Omit<StoredMock, "made">;
  #made: number;

  constructor({ made, ...mock }: StoredMock) {
    this.#mock = mock;
    this.#made = made;
  }

  /**
   * The next invocation: a first attempt, a retry, an iteration of a Map and a round of a loop are one each.
   * @param submitted Told first, as by a service that takes a job on; AWS's answer to that is in no mock.
   * @throws {StateError} the mocked error, or `States.Runtime` if the file has no response for this invocation
   */
  async invoke(submitted?: (output: Json) => void): Promise<Json> {
    const response = this.#next();
    submitted?.("Return" in response ? response.Return : {});
    if ("Return" in response) return response.Return;
    throw new StateError(response.Throw.Error, response.Throw.Cause);
  }

  /** Another process has made an invocation. */
  skip(): void {
    this.#made++;
  }

  #next(): MockedResponse {
    const { responses, invocations } = this.#mock;
    const number = this.#made++;
    const found = invocations.find(({ first, last }) => first <= number && number <= last);
    if (found !== undefined) return found.response;
    throw runtimeError(
      `No response is mocked for invocation ${number} of this state, counted from 0 over the whole execution: add "${number}" to MockedResponses["${responses}"].`,
    );
  }

  stored(): StoredMock {
    return { ...this.#mock, made: this.#made };
  }
}

/** The test case that an execution runs. All its branches, iterations and Map Runs count the same invocations. */
export class MockedTasks {
  readonly testCase: string;
  readonly #states: ReadonlyMap<string, MockedTask>;

  constructor({ testCase, states }: StoredMocks) {
    this.testCase = testCase;
    this.#states = new Map(states.map((mock) => [mock.state, new MockedTask(mock)]));
  }

  /** Undefined: the state calls what it names. */
  of(state: string): MockedTask | undefined {
    return this.#states.get(state);
  }

  stored(): StoredMocks {
    return { testCase: this.testCase, states: [...this.#states.values()].map((one) => one.stored()) };
  }
}
