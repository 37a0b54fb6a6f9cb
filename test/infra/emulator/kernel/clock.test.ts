import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { skippingClock } from "../../../../infra/emulator/kernel/clock.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a skipping clock keeps no timer, and so no process, for what was called off while an invocation is in flight", () => {
  const clock = skippingClock();
  clock.begin();
  const callOff = clock.after(3_600_000, () => undefined);
  vi.advanceTimersByTime(1);
  expect(vi.getTimerCount()).toBe(1);
  callOff();
  vi.advanceTimersByTime(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("what is called off does not delay what comes after it", () => {
  const clock = skippingClock();
  const fired: string[] = [];
  clock.begin();
  const callOff = clock.after(1000, () => fired.push("first"));
  clock.after(2000, () => fired.push("second"));
  vi.advanceTimersByTime(1);
  callOff();
  vi.advanceTimersByTime(1500);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(500);
  expect(fired).toEqual(["second"]);
});
