"""A seed in -> test/fixtures/llama/*.json out: a tiny Llama's states, losses and gradients, computed by JAX.

Written from the papers and from Hugging Face's conventions, not from Nerium's code, so that the two can disagree:
RMSNorm (Zhang & Sennrich 2019) with epsilon inside the root, rotary positions (Su et al. 2021) that turn the first
half of a head with the second, grouped-query attention (Ainslie et al. 2023) whose consecutive query heads share a
head of keys and values, SwiGLU (Shazeer 2020). Weight matrices are [out, in], as in Hugging Face's files.

    python -m venv venv && venv/bin/pip install jax numpy
    venv/bin/python scripts/make-llama-fixture.py
"""

import json
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

CONFIG = dict(
    vocabulary_size=37, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
    intermediate_size=24, rope_theta=500.0, rms_norm_eps=1e-3,
)
BATCH, TIME, TYPES, CLASSES = 2, 7, 2, 3
FOLDER = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "llama"


def parameter_shapes():
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    size = hidden // CONFIG["num_attention_heads"]
    shapes = {"model.embed_tokens.weight": (CONFIG["vocabulary_size"], hidden)}
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        shapes |= {
            prefix + "input_layernorm.weight": (hidden,),
            prefix + "self_attn.q_proj.weight": (hidden, hidden),
            prefix + "self_attn.k_proj.weight": (CONFIG["num_key_value_heads"] * size, hidden),
            prefix + "self_attn.v_proj.weight": (CONFIG["num_key_value_heads"] * size, hidden),
            prefix + "self_attn.o_proj.weight": (hidden, hidden),
            prefix + "post_attention_layernorm.weight": (hidden,),
            prefix + "mlp.gate_proj.weight": (inner, hidden),
            prefix + "mlp.up_proj.weight": (inner, hidden),
            prefix + "mlp.down_proj.weight": (hidden, inner),
        }
    return shapes | {
        "model.norm.weight": (hidden,),
        "classifier.weight": (TYPES * CLASSES, hidden),
        "classifier.bias": (TYPES * CLASSES,),
    }


def draw_parameters(random):
    """Rounded before use: what stands in the file is exactly what was computed with."""
    def draw(name, shape):
        return 1 + 0.2 * random.standard_normal(shape) if "norm" in name else 0.4 * random.standard_normal(shape)

    return {name: np.round(draw(name, shape), 4) for name, shape in parameter_shapes().items()}


def rms_norm(x, weight):
    return weight * (x / jnp.sqrt(jnp.mean(jnp.square(x), axis=-1, keepdims=True) + CONFIG["rms_norm_eps"]))


def rotate_half(x):
    first, second = jnp.split(x, 2, axis=-1)
    return jnp.concatenate([-second, first], axis=-1)


def apply_rotary(x):
    """x: [batch, heads, time, size]"""
    size = x.shape[-1]
    frequencies = 1.0 / (CONFIG["rope_theta"] ** (jnp.arange(0, size, 2) / size))
    angles = jnp.outer(jnp.arange(x.shape[-2]), frequencies)
    angles = jnp.concatenate([angles, angles], axis=-1)
    return x * jnp.cos(angles) + rotate_half(x) * jnp.sin(angles)


def attend(weights, prefix, x, allowed):
    """allowed: [batch, 1, query, key], true where a query sees a key"""
    batch, time, hidden = x.shape
    heads, shared = CONFIG["num_attention_heads"], CONFIG["num_key_value_heads"]

    def heads_of(part, count):
        projected = x @ weights[prefix + part + ".weight"].T
        return projected.reshape(batch, time, count, hidden // heads).transpose(0, 2, 1, 3)

    query = apply_rotary(heads_of("q_proj", heads))
    key = jnp.repeat(apply_rotary(heads_of("k_proj", shared)), heads // shared, axis=1)
    value = jnp.repeat(heads_of("v_proj", shared), heads // shared, axis=1)
    scores = jnp.einsum("bhqd,bhkd->bhqk", query, key) / np.sqrt(hidden // heads)
    shares = jax.nn.softmax(jnp.where(allowed, scores, -jnp.inf), axis=-1)
    mixed = jnp.einsum("bhqk,bhkd->bqhd", shares, value).reshape(batch, time, hidden)
    return mixed @ weights[prefix + "o_proj.weight"].T


def feed_forward(weights, prefix, x):
    gate = jax.nn.silu(x @ weights[prefix + "gate_proj.weight"].T)
    return (gate * (x @ weights[prefix + "up_proj.weight"].T)) @ weights[prefix + "down_proj.weight"].T


def last_states(weights, ids, allowed, dropout):
    """dropout: factors of each residual branch, [2 * layers, batch, 1, hidden]"""
    x = weights["model.embed_tokens.weight"][ids]
    for layer in range(CONFIG["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        normed = rms_norm(x, weights[prefix + "input_layernorm.weight"])
        x = x + dropout[2 * layer] * attend(weights, prefix + "self_attn.", normed, allowed)
        normed = rms_norm(x, weights[prefix + "post_attention_layernorm.weight"])
        x = x + dropout[2 * layer + 1] * feed_forward(weights, prefix + "mlp.", normed)
    return rms_norm(x, weights["model.norm.weight"])


def type_logits(weights, states):
    logits = states @ weights["classifier.weight"].T + weights["classifier.bias"]
    return logits.reshape(*states.shape[:2], TYPES, CLASSES)


def cross_entropies(logits, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]


def digits(array):
    return [float(f"{value:.7g}") for value in np.asarray(array, dtype=np.float64).ravel()]


def make(attention, seed):
    random = np.random.default_rng(seed)
    weights = draw_parameters(random)
    ids = random.integers(0, CONFIG["vocabulary_size"], (BATCH, TIME))
    ids[1, 2] = ids[0, 0]  # one token twice: its gradient is a sum
    padding = np.ones((BATCH, TIME), dtype=int)
    padding[1, 5:] = 0
    allowed = np.broadcast_to(padding[:, None, None, :] == 1, (BATCH, 1, TIME, TIME))
    if attention == "causal":
        allowed = allowed & np.tril(np.ones((TIME, TIME), dtype=bool))
    whole = np.ones((2 * CONFIG["num_hidden_layers"], BATCH, 1, CONFIG["hidden_size"]))

    positions = np.array([1, 4, 6, 8, 11])
    targets = random.integers(0, CONFIG["vocabulary_size"], positions.shape)

    def masked_loss(weights):
        states = last_states(weights, ids, allowed, whole).reshape(-1, CONFIG["hidden_size"])
        return jnp.mean(cross_entropies(states[positions] @ weights["model.embed_tokens.weight"].T, targets))

    labels = random.integers(0, CLASSES, (BATCH, TIME, TYPES))
    label_weights = np.round(random.uniform(0, 0.1, labels.shape), 4) * padding[..., None]
    label_weights[0, :3, 1] = 0  # a corpus that does not speak of a type
    kept = random.uniform(size=whole.shape) < 0.75

    def label_loss(weights):
        logits = type_logits(weights, last_states(weights, ids, allowed, kept / 0.75))
        return jnp.sum(label_weights * cross_entropies(logits, labels))

    masked, masked_gradients = jax.value_and_grad(masked_loss)(weights)
    label, label_gradients = jax.value_and_grad(label_loss)(weights)
    states = last_states(weights, ids, allowed, whole)
    return {
        "attention": attention,
        "config": CONFIG,
        "types": TYPES,
        "ids": ids.tolist(),
        "padding": padding.tolist(),
        "weights": {name: {"shape": value.shape, "values": digits(value)} for name, value in weights.items()},
        "states": digits(states),
        "probabilities": digits(jax.nn.softmax(type_logits(weights, states), axis=-1)),
        "masked": {
            "positions": positions.tolist(),
            "targets": targets.tolist(),
            "loss": float(masked),
            "gradients": {name: digits(value) for name, value in masked_gradients.items() if "classifier" not in name},
        },
        "labelled": {
            "labels": labels.ravel().tolist(),
            "weights": digits(label_weights),
            "kept": kept.astype(int).ravel().tolist(),
            "dropout": 0.25,
            "loss": float(label),
            "gradients": {name: digits(value) for name, value in label_gradients.items()},
        },
    }


def one_line_each(fixture):
    """A line for every tensor, so that a person can find one."""
    def nested(value):
        return isinstance(value, dict) and any(isinstance(inner, (dict, list)) for inner in value.values())

    def write(value, indent):
        if not nested(value):
            return json.dumps(value, separators=(",", ":"))
        lines = [f'{indent} "{key}": {write(inner, indent + " ")}' for key, inner in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + indent + "}"

    return write(fixture, "") + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for seed, attention in enumerate(["bidirectional", "causal"]):
        (FOLDER / f"{attention}.json").write_text(one_line_each(make(attention, seed)))
