import { Agent, request } from "node:http";

// moto tells by the signature which service is meant.
const AUTHORIZATION =
  "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0";

/** A client of the Step Functions API whose connections stay open, so many at a time. */
export function apiClient(url, maxSockets = 1) {
  const agent = new Agent({ keepAlive: true, maxSockets });
  return {
    close: () => agent.destroy(),
    /** @throws {Error} with the answer, if it is none of 200 */
    call: (action, body) =>
      new Promise((resolve, reject) => {
        const text = JSON.stringify(body);
        const headers = {
          "x-amz-target": `AWSStepFunctions.${action}`,
          "content-type": "application/x-amz-json-1.0",
          "content-length": Buffer.byteLength(text),
          authorization: AUTHORIZATION,
        };
        const outgoing = request(url, { method: "POST", agent, headers }, (incoming) => {
          let answer = "";
          incoming.setEncoding("utf8").on("data", (chunk) => (answer += chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            if (incoming.statusCode === 200) resolve(JSON.parse(answer));
            else reject(new Error(`${action}: ${incoming.statusCode} ${answer.slice(0, 300)}`));
          });
        });
        outgoing.on("error", reject);
        outgoing.end(text);
      }),
  };
}
