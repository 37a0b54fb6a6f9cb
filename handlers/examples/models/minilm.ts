import vocabulary from "./vocab.txt";

/** A text's embedding: 128 numbers, a vector of length 1, or of length 0 if no word of it is known. */
export type Embed = (text: string) => Promise<Float32Array>;

/** A token's id is its line in vocab.txt. */
type TokenIds = ReadonlyMap<string, number>;

/** Of words that are not in the vocabulary, not even in pieces. */
const UNKNOWN = 0;

/**
 * Load the runtime, its WebAssembly, the model and the vocabulary.
 * @param path of minilm-static.onnx
 */
export async function openModel(path: string): Promise<Embed> {
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  env.wasm.numThreads = 1; // below 1,769 MB, Lambda gives a function less than one core
  const session = await InferenceSession.create(path);
  const tokenIds: TokenIds = new Map(
    vocabulary
      .trim()
      .split("\n")
      .map((token, id) => [token, id]),
  );
  return async (text) => {
    const ids = idsOf(text, tokenIds);
    const { embedding } = await session.run({
      ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [ids.length]),
    });
    return embedding?.data as Float32Array; // the model's only output, float32
  };
}

/** As BERT splits a text: lower case, no accents, each punctuation mark apart, then pieces of the vocabulary. */
function idsOf(text: string, tokenIds: TokenIds): number[] {
  const plain = text
    .normalize("NFD")
    .replaceAll(/\p{Mn}/gu, "")
    .toLowerCase();
  const words = plain.match(/[\p{P}\p{S}]|[^\s\p{P}\p{S}]+/gu) ?? [];
  const ids = words.flatMap((word) => pieceIds(word, tokenIds));
  return ids.length === 0 ? [UNKNOWN] : ids;
}

/** The longest piece that the vocabulary has, then the longest of the rest: "refrangible" is ref, ##rang, ##ible. */
function pieceIds(word: string, tokenIds: TokenIds): number[] {
  const ids: number[] = [];
  for (let start = 0, end = word.length; start < word.length; end--) {
    if (end === start) return [UNKNOWN];
    const id = tokenIds.get((start === 0 ? "" : "##") + word.slice(start, end));
    if (id === undefined) continue;
    ids.push(id);
    [start, end] = [end, word.length + 1];
  }
  return ids;
}
