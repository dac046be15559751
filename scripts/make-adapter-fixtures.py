"""Makes test/fixtures/adapters: tiny random models of every family with PEFT adapters, one step's loss and gradients, a
loss curve, and bitsandbytes' NF4 codes. Run once:
  pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2 bitsandbytes==0.50.2
  python scripts/make-adapter-fixtures.py
"""
import base64, json, shutil
from pathlib import Path

import torch
from bitsandbytes.functional import dequantize_4bit, quantize_4bit
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, Qwen2Config,
                          Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

out = Path(__file__).parent.parent / "test" / "fixtures" / "adapters"
torch.set_num_threads(1)
sizes = dict(vocab_size=61, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=48, max_position_embeddings=64, rms_norm_eps=1e-5, attn_implementation="eager")
llama3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)
families = {
    "llama": (LlamaConfig(**sizes, tie_word_embeddings=False), LlamaForCausalLM),
    "llama3": (LlamaConfig(**sizes, tie_word_embeddings=True, rope_parameters=llama3), LlamaForCausalLM),
    "mistral": (MistralConfig(**sizes, sliding_window=5), MistralForCausalLM),
    "qwen2": (Qwen2Config(**sizes, tie_word_embeddings=True), Qwen2ForCausalLM),
    "qwen3": (Qwen3Config(**sizes, head_dim=16, tie_word_embeddings=True), Qwen3ForCausalLM),
}
ids = torch.tensor([[1, 7, 19, 33, 60, 4, 4, 21, 8, 50, 13, 2], [1, 9, 9, 44, 17, 2, 0, 0, 0, 0, 0, 0]])
attention = (torch.arange(12)[None] < torch.tensor([[12], [6]])).long()
labels = torch.where((attention == 1) & (torch.arange(12)[None] >= 3), ids, -100)


def randomise(model, deviation):
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            if "norm" in name: parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            else: parameter.copy_(deviation * torch.randn_like(parameter))


def family(name, config, kind):
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(7)
    base = kind(config).float().eval()
    randomise(base, 0.15)
    base.save_pretrained(folder)
    for extra in folder.glob("generation_config.json"): extra.unlink()
    model = get_peft_model(base, LoraConfig(
        r=4, lora_alpha=6, lora_dropout=0.0, task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]))
    for key, parameter in model.named_parameters():
        if "lora_" in key:
            with torch.no_grad(): parameter.copy_(0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder / "adapter")
    for extra in (folder / "adapter").glob("README.md"): extra.unlink()
    result = model(input_ids=ids, attention_mask=attention, labels=labels)
    result.loss.backward()
    short = lambda key: key.replace("base_model.model.", "").replace(".default", "")
    gradients = {short(key): parameter.grad.contiguous() for key, parameter in model.named_parameters() if "lora_" in key}
    save_file(gradients, folder / "gradients.safetensors")
    trained = [parameter for key, parameter in model.named_parameters() if "lora_" in key]
    optimizer = torch.optim.AdamW(trained, lr=1e-2, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0)
    curve = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = model(input_ids=ids, attention_mask=attention, labels=labels).loss
        loss.backward()
        optimizer.step()
        curve.append(round(loss.item(), 6))
    logits = result.logits.detach()
    expected = dict(ids=ids.tolist(), attention=attention.tolist(), labels=labels.tolist(), loss=result.loss.item(),
                    curve=curve, logits=[[round(x, 6) for x in row] for row in logits[0, [0, 5, 11]].tolist()])
    (folder / "expected.json").write_text(json.dumps(expected))


def nf4():
    torch.manual_seed(3)
    rows = torch.randn(12, 64) * torch.logspace(-4, 2, 12)[:, None]
    rows[3] = 0
    rows[4, ::2] = 0
    rows[5, 7] = 1000
    base = torch.linspace(-1, 1, 64)
    rows = torch.cat([rows, base[None], -base[None], base.flip(0)[None] * 3.3, torch.full((1, 64), -2.5)])
    codes, state = quantize_4bit(rows, blocksize=64, quant_type="nf4")
    double_codes, double = quantize_4bit(rows.repeat(40, 1) * torch.rand(640, 1), blocksize=64, quant_type="nf4",
                                         compress_statistics=True)
    torch.manual_seed(3)
    b64 = lambda tensor: base64.b64encode(tensor.contiguous().numpy().tobytes()).decode()
    scales = (torch.rand(700) ** 3 * 0.3).float()
    many = torch.zeros(700, 64)
    many[:, 0] = scales
    _, nested = quantize_4bit(many, blocksize=64, quant_type="nf4", compress_statistics=True)
    (out / "nf4.json").write_text(json.dumps(dict(
        rows=b64(rows), codes=b64(codes), absmax=b64(state.absmax), values=b64(dequantize_4bit(codes, state)),
        scales=b64(scales), doubled=dict(
            codes=b64(nested.absmax), offset=nested.offset.item(), absmax=b64(nested.state2.absmax),
            table=b64(nested.state2.code)))))


out.mkdir(parents=True, exist_ok=True)
nf4()
for name, (config, kind) in families.items():
    family(name, config, kind)
