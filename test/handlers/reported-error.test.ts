import { expect, test } from "vitest";
import { ReportedError, reportedError } from "../../handlers/reported-error.ts";

class ApiError extends Error {}
class Throttled extends ApiError {}
class Named extends ApiError {
  override name = "TooHot";
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
function throwing(field: string): Error {
  return Object.defineProperty(new Error("m"), field, {
    get() {
      throw new Error("not this one");
    },
  });
}
function withField(field: string, value: unknown): Error {
  return Object.assign(new Error("m"), { [field]: value });
}

test.each<[string, unknown, { name: string; message: string; stack?: RegExp }]>([
  ["an error", new RangeError("m"), { name: "RangeError", message: "m", stack: /^RangeError: m\n +at / }],
  ["of a class", new ApiError("m"), { name: "ApiError", message: "m", stack: /^ApiError: m\n +at / }],
  ["of a class that extends one", new Throttled("m"), { name: "Throttled", message: "m" }],
  ["of a class with a name", new Named("m"), { name: "TooHot", message: "m" }],
  ["of the platform", new DOMException("m", "AbortError"), { name: "AbortError", message: "m" }],
  ["frozen", Object.freeze(new ApiError("m")), { name: "ApiError", message: "m" }],
  ["without a prototype", Object.create(null), { name: "object", message: "[Object: null prototype] {}" }],
  ["an error without a prototype", Object.setPrototypeOf(new Error("m"), null), { name: "object", message: "m" }],
  ["a stack that is a list", withField("stack", ["f", 4]), { name: "Error", message: "m", stack: /^Error: m\nf\n4$/ }],
  ["a stack that is nothing", withField("stack", undefined), { name: "Error", message: "m", stack: /^Error: m$/ }],
  ["a name that is a number", withField("name", 404), { name: "404", message: "m" }],
  ["a name that is a bigint", withField("name", 4n), { name: "Error", message: "m" }],
  ["an empty name", withField("name", ""), { name: "Error", message: "m", stack: /^Error: m\n/ }],
  ["a name that no header can carry", withField("name", "a\nü"), { name: "a??", message: "m" }],
  ["a message that is an object", withField("message", { a: 1n }), { name: "Error", message: "{ a: 1n }" }],
  ["a name that throws", throwing("name"), { name: "Error", message: "m" }],
  ["a message that throws", throwing("message"), { name: "Error", message: "a value that cannot be printed" }],
  ["a stack that throws", throwing("stack"), { name: "Error", message: "m", stack: /^Error: m$/ }],
  ["a revoked Proxy", revoked(), { name: "object", message: "<Revoked Proxy>" }],
  [
    "a Proxy without end",
    new Proxy({}, { getPrototypeOf: () => new ApiError("other") }),
    { name: "ApiError", message: "{}" },
  ],
  ["what looks like an error", { name: "HttpError", message: "503" }, { name: "HttpError", message: "503" }],
  ["an object", { code: 1, toString: null }, { name: "object", message: "{ code: 1, toString: null }" }],
  ["a text", "text", { name: "string", message: "text" }],
  ["a bigint", 5n, { name: "bigint", message: "5n" }],
  ["a symbol", Symbol("s"), { name: "symbol", message: "Symbol(s)" }],
  ["a class itself", ApiError, { name: "function", message: "[class ApiError extends Error]" }],
  ["undefined", undefined, { name: "undefined", message: "undefined" }],
  ["null", null, { name: "object", message: "null" }],
])("what is thrown is reported by its own name and message: %s", (_, thrown, { stack = /^/, ...wanted }) => {
  const { name, message, stack: told } = reportedError(thrown);
  expect({ name, message }).toEqual(wanted);
  expect(told).toMatch(stack);
  expect(ReportedError.thrownOf(reportedError(thrown))).toBe(thrown);
});

test("an error is reported by the name that a retrier waits for, its own or that of a class it extends", () => {
  expect(reportedError(new Throttled("m"), ["ApiError"])).toMatchObject({
    name: "ApiError",
    stack: expect.stringMatching(/^Throttled: m\n/),
  });
  expect(reportedError(new Throttled("m"), ["Error", "Throttled"]).name).toBe("Throttled");
  expect(reportedError(new Named("m"), ["Named"]).name).toBe("Named");
  expect(reportedError(new Throttled("m"), ["Other"]).name).toBe("Throttled");
  expect(reportedError(Object.assign(new ApiError("m"), { code: 7 }))).toMatchObject({ name: "ApiError", code: 7 });
});
