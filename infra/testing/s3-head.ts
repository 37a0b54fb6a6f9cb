import { StateError } from "../language/state-error.ts";
import type { Integration } from "../emulator/index.ts";
import type { SimulatedS3 } from "./simulated-s3.ts";

/** The call by which a state machine finds the version of a file that it is given by its address. */
export function simulatedHeadObject(s3: () => SimulatedS3 | undefined): Integration {
  return async ({ Bucket, Key }) => {
    const found = await s3()?.read(String(Bucket), String(Key));
    if (found === undefined) {
      throw new StateError("S3.NoSuchKeyException", `there is no s3://${String(Bucket)}/${String(Key)}`);
    }
    return { ContentLength: found.body.byteLength, ETag: found.etag };
  };
}
