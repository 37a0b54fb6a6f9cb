import { messageOf } from "../../sdk/base/errors.ts";
import type { ObjectStore } from "../../sdk/store/object-store.ts";
import type { Integration } from "../emulator/index.ts";
import { type EndpointOptions, Endpoints } from "../emulator/aws/endpoints.ts";
import { awsActions } from "../emulator/integrations/aws-actions.ts";
import { wallClock } from "../emulator/kernel/clock.ts";
import { StateError } from "../language/state-error.ts";

/** The action by which a state machine finds the version of a file that it is given by its address. */
export const HEAD_OBJECT = "aws-sdk:s3:headObject";

/** Answers {@link HEAD_OBJECT} from the store of this machine; what is not in it, from S3 where there is one. */
export function headObject(openStore: () => Promise<ObjectStore>, s3: EndpointOptions, region: string): Integration {
  return async (input, context) => {
    const { Bucket, Key } = input;
    const store = await openStore();
    const info = await store.head(String(Bucket), String(Key)).catch((error: unknown) => {
      throw new StateError("S3.S3Exception", messageOf(error));
    });
    if (info !== undefined) return { ContentLength: info.size, ETag: info.version };
    const elsewhere = awsActions({
      endpoints: new Endpoints(s3),
      region,
      project: process.cwd(),
      clock: wallClock(),
    }).find(HEAD_OBJECT);
    if (elsewhere !== undefined) return elsewhere(input, context);
    throw new StateError(
      "S3.NoSuchKeyException",
      `there is no s3://${String(Bucket)}/${String(Key)} in the local store`,
    );
  };
}
