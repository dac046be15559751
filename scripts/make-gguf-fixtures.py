"""Nothing in -> test/fixtures/models/gguf-*.json out: GGUF files and quantised blocks as gguf-py writes and reads them.

gguf-py is llama.cpp's own package, so the fixtures are independent of Nerium's reader and writer.

    python -m venv venv && venv/bin/pip install gguf numpy
    venv/bin/python scripts/make-gguf-fixtures.py
"""

import base64
import json
import pathlib
import tempfile

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import quants

FOLDER = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "models"
TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
WRITTEN = ["Q4_0", "Q8_0"]
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2],
          "Q6_K": [208]}


def random_blocks(random, name, count):
    """Any bytes make a block; only its 16-bit scales must be numbers of a sane size."""
    _, size = gguf.GGML_QUANT_SIZES[Type[name]]
    if name in ("F32", "F16", "BF16"):
        return quants.quantize(random.standard_normal((1, 8)).astype(np.float32), Type[name]).view(np.uint8).ravel()
    blocks = random.integers(0, 256, (count, size), dtype=np.uint8)
    for at in SCALES[name]:
        scales = random.uniform(-0.1, 0.1, (count, 1)).astype(np.float16)
        blocks[:, at : at + 2] = scales.view(np.uint8)
    return blocks.ravel()


def block_fixtures():
    random = np.random.default_rng(1)
    read = {}
    for name in TYPES:
        data = random_blocks(random, name, 2)
        values = quants.dequantize(data, Type[name]).astype(np.float32).ravel()
        read[name] = {"bytes": encode(data), "values": encode(values)}
    rows = random.standard_normal((3, 64)).astype(np.float32)
    rows[1, :32] = 0  # a block without a scale
    rows[2, 5] = -40  # one large number
    written = {name: encode(quants.quantize(rows, Type[name])) for name in WRITTEN}
    return {"read": read, "rows": encode(rows), "written": written}


def encode(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def small_model(alignment):
    """One block of a Llama with every field type, matrices in several types, rows of queries numbered."""
    random = np.random.default_rng(2)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.gguf"
        writer = gguf.GGUFWriter(path, "llama")
        if alignment != 32:
            writer.add_custom_alignment(alignment)
        writer.add_block_count(1)
        writer.add_context_length(128)
        writer.add_embedding_length(32)
        writer.add_feed_forward_length(64)
        writer.add_head_count(4)
        writer.add_head_count_kv(2)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(5000.0)
        writer.add_bool("test.bool", True)
        writer.add_int64("test.int64", -(2**40))
        writer.add_uint64("test.uint64", 2**60 + 1)
        writer.add_float64("test.float64", 0.1)
        writer.add_int16("test.int16", -3)
        writer.add_string("test.string", "Sjögren 🧬")
        writer.add_array("test.numbers", [1, -2, 3])
        writer.add_array("test.texts", ["a", "", "ß"])
        tensors = {
            "token_embd.weight": (random.standard_normal((10, 32)), "Q8_0"),
            "blk.0.attn_q.weight": (np.repeat(np.arange(32.0)[:, None], 32, axis=1), "F32"),
            "blk.0.attn_k.weight": (random.standard_normal((16, 32)), "Q4_0"),
            "blk.0.ffn_up.weight": (random.standard_normal((64, 32)), "F16"),
            "blk.0.attn_norm.weight": (random.standard_normal(32), "F32"),
        }
        expected = {}
        for name, (values, kind) in tensors.items():
            stored = quants.quantize(values.astype(np.float32), Type[kind])
            writer.add_tensor(name, stored, raw_dtype=Type[kind])
            expected[name] = {
                "shape": list(values.shape),
                "type": kind,
                "values": encode(quants.dequantize(stored, Type[kind]).astype(np.float32)),
            }
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return {"file": base64.b64encode(path.read_bytes()).decode(), "tensors": expected}


def write(name, value):
    (FOLDER / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("gguf-blocks.json", block_fixtures())
    write("gguf-files.json", {"32": small_model(32), "64": small_model(64)})
