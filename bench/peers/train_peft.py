"""Trains an adapter with PyTorch and PEFT on batches that bench/peers/training.ts gives, and says how long steps take.

  python bench/peers/train_peft.py MODEL ADAPTER THREADS DTYPE   (torch, transformers, peft, safetensors)

Reads lines of JSON from stdin: {"ids": [[..]], "steps": n}; answers each with {"loss", "milliseconds": [..]}.
"""
import json, sys, time

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

model_path, adapter_path, threads, dtype = sys.argv[1:5]
torch.set_num_threads(int(threads))
torch.manual_seed(1)
base = AutoModelForCausalLM.from_pretrained(model_path, dtype=getattr(torch, dtype), attn_implementation="sdpa")
model = PeftModel.from_pretrained(base, adapter_path, is_trainable=True).train()
for module in model.modules():
    if isinstance(module, torch.nn.Dropout): module.p = 0.0
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.0)
print(json.dumps({"ready": sum(parameter.numel() for parameter in trained)}), flush=True)


def step(ids):
    optimizer.zero_grad(set_to_none=True)
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    return loss.item()


for line in sys.stdin:
    request = json.loads(line)
    ids = torch.tensor(request["ids"])
    losses, times = [], []
    for _ in range(request["steps"]):
        began = time.perf_counter()
        losses.append(step(ids))
        times.append(1000 * (time.perf_counter() - began))
    print(json.dumps({"losses": losses, "milliseconds": times}), flush=True)
