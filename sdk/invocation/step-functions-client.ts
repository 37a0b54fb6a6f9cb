// Where Lambent is bundled, this module and what it imports are bundled once for all functions.
export { SendTaskHeartbeatCommand, SFNClient } from "@aws-sdk/client-sfn";
