"""Nothing in -> test/fixtures/models/families.json out: next-token scores and greedy continuations by transformers.

Every family gets a tiny model whose weights follow from a formula (test/model-folders.ts has the same one), so that the
fixture holds no weights. Computed by PyTorch in double precision, from prompts where no two tokens are so close that
another implementation in single precision could choose the other one.

    python -m venv venv && venv/bin/pip install torch transformers numpy
    venv/bin/python scripts/make-model-fixtures.py
"""

import json
import pathlib

import numpy as np
import torch
import transformers

FILE = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "models" / "families.json"
LENGTH, LEAST_MARGIN = 16, 0.02

COMMON = dict(vocab_size=320, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
              intermediate_size=96, max_position_embeddings=256, rms_norm_eps=1e-5, hidden_act="silu",
              bos_token_id=1, eos_token_id=2)
LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8192)
FAMILIES = {
    "llama": dict(model_type="llama", num_key_value_heads=4, tie_word_embeddings=False, rope_theta=10000.0),
    "llama3": dict(model_type="llama", tie_word_embeddings=False, rope_theta=500000.0, rope_scaling=LLAMA3),
    "llama-linear": dict(model_type="llama", tie_word_embeddings=True, rope_theta=10000.0,
                         rope_scaling=dict(rope_type="linear", factor=4.0)),
    "llama-biased": dict(model_type="llama", tie_word_embeddings=True, attention_bias=True, rope_theta=10000.0),
    "mistral": dict(model_type="mistral", tie_word_embeddings=False, rope_theta=10000.0, sliding_window=None),
    "mistral-window": dict(model_type="mistral", tie_word_embeddings=False, rope_theta=10000.0, sliding_window=5),
    "qwen2": dict(model_type="qwen2", tie_word_embeddings=True, rope_theta=1000000.0, use_sliding_window=False),
    "qwen3": dict(model_type="qwen3", tie_word_embeddings=False, rope_theta=1000000.0, head_dim=32,
                  attention_bias=False, use_sliding_window=False),
    "smollm": dict(model_type="llama", tie_word_embeddings=True, rope_theta=10000.0, num_attention_heads=8),
}


def formula(name, size, place):
    """See test/model-folders.ts."""
    index = np.arange(1, size + 1, dtype=np.uint32)
    with np.errstate(over="ignore"):
        hashed = (index * np.uint32(0x9E3779B1)) ^ (np.uint32(place + 1) * np.uint32(0x85EBCA6B))
        hashed ^= hashed >> np.uint32(15)
        hashed *= np.uint32(0x2C1B3C6D)
        hashed ^= hashed >> np.uint32(12)
        hashed *= np.uint32(0x297A2D39)
        hashed ^= hashed >> np.uint32(15)
    uniform = (hashed >> np.uint32(8)).astype(np.float64) / 2**23 - 1
    return 1 + uniform / 4 if "norm" in name else uniform / 4


def load(config):
    settings = {key: value for key, value in config.items() if key != "model_type"}
    made = transformers.AutoConfig.for_model(config["model_type"], **settings)
    model = transformers.AutoModelForCausalLM.from_config(made, attn_implementation="eager").double().eval()
    state = model.state_dict()
    names = sorted(name for name in state if not (name == "lm_head.weight" and config["tie_word_embeddings"]))
    with torch.no_grad():
        for place, name in enumerate(names):
            state[name].copy_(torch.from_numpy(formula(name, state[name].numel(), place)).reshape(state[name].shape))
    return model


LORA = dict(rank=4, alpha=6.0)


def adapt(model, first_place):
    """Adds alpha / rank * B A to every matrix of every block; A and B are drawn like the weights, behind them."""
    names = sorted(name for name in model.state_dict() if name.endswith("_proj.weight"))
    state, place = model.state_dict(), first_place
    for name in names:
        out, width = state[name].shape
        a = torch.from_numpy(formula("lora_a", LORA["rank"] * width, place)).reshape(LORA["rank"], width)
        b = torch.from_numpy(formula("lora_b", out * LORA["rank"], place + 1)).reshape(out, LORA["rank"])
        place += 2
        with torch.no_grad():
            state[name] += LORA["alpha"] / LORA["rank"] * (b @ a)


def continue_greedily(model, prompt):
    """The continuation and the scores that follow the prompt; nothing where a choice is a close one."""
    ids, first = list(prompt), None
    for _ in range(LENGTH):
        with torch.no_grad():
            scores = model(torch.tensor([ids]), use_cache=False).logits[0, -1]
        first = scores if first is None else first
        best = torch.topk(scores, 2)
        if best.values[0] - best.values[1] < LEAST_MARGIN:
            return None
        ids.append(int(best.indices[0]))
    return ids[len(prompt) :], first


def run(config):
    model, adapted = load(config), load(config)
    tied = config["tie_word_embeddings"]
    adapt(adapted, sum(not (tied and name == "lm_head.weight") for name in model.state_dict()))
    chance = np.random.default_rng(3)
    for _ in range(500):
        prompt = [1, *chance.integers(3, 320, 6).tolist()]
        found, changed = continue_greedily(model, prompt), continue_greedily(adapted, prompt)
        if found is not None and changed is not None and len(set(found[0])) > 4 and changed[0] != found[0]:
            scores = [float(f"{score:.7g}") for score in found[1][::8]]
            return {"config": config, "prompt": prompt, "greedy": found[0], "scores": scores,
                    "lora": {**LORA, "greedy": changed[0]}}
    raise SystemExit("no prompt without close calls")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    fixtures = {name: run({**COMMON, **more}) for name, more in FAMILIES.items()}
    lines = [f' "{name}": {json.dumps(value, separators=(",", ":"))}' for name, value in fixtures.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
