import { randomBytes, randomUUID } from "node:crypto";

/** Names and numbers that differ from run to run, unless seeded. */
export interface Identity {
  /** A version 4 UUID. */
  uuid(): string;
  /** The opaque text of a task token. */
  taskToken(): string;
  /** In [0, 1). */
  random(): number;
}

export function randomIdentity(): Identity {
  return { uuid: randomUUID, taskToken: () => `AQB8${randomBytes(96).toString("base64")}`, random: Math.random };
}

/** The same sequence for the same seed. */
export function seededIdentity(seed: number): Identity {
  let state = seed >>> 0;
  // mulberry32: full period over 32 bits of state, and one line long.
  function random(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  function bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => Math.floor(random() * 256)));
  }
  return {
    random,
    taskToken: () => `AQB8${bytes(96).toString("base64")}`,
    uuid() {
      const raw = bytes(16);
      raw.writeUInt8((raw.readUInt8(6) & 0x0f) | 0x40, 6);
      raw.writeUInt8((raw.readUInt8(8) & 0x3f) | 0x80, 8);
      const hex = raw.toString("hex");
      return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    },
  };
}
