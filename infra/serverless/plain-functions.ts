import { FunctionServiceError, httpFunctions, type Functions } from "../emulator/index.ts";
import { parseTarget } from "../emulator/replicas/replica-target.ts";

/**
 * The functions that serverless-offline runs. It knows them by their names alone.
 * @param endpoint where it answers Lambda's Invoke
 */
export function plainFunctions(names: ReadonlySet<string>, endpoint: string): Functions {
  const functions = httpFunctions(endpoint);
  return {
    async invoke(request) {
      const { name } = parseTarget(request.functionName);
      const { payload, signal, invocationType = "RequestResponse" } = request;
      const about = signal === undefined ? { invocationType } : { invocationType, signal };
      if (names.has(name)) return functions.invoke({ ...about, functionName: name, payload });
      throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${request.functionName}`);
    },
  };
}
