"""A folder and a BERT vocabulary -> a BERT-base token classifier of random weights, as transformers.js wants it.

Needs torch, transformers and onnx. NERIUM_PYTHON names the Python that has them; bench/tagging.ts calls this.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForTokenClassification

folder, vocabulary = Path(sys.argv[1]), sys.argv[2]
(folder / "onnx").mkdir(parents=True, exist_ok=True)
tokenizer = BertWordPieceTokenizer(vocabulary, lowercase=True)
tokenizer.save(str(folder / "tokenizer.json"))
special = {f"{name}_token": f"[{name.upper()}]" for name in ("cls", "sep", "pad", "unk", "mask")}
told = {"tokenizer_class": "BertTokenizer", "model_max_length": 512, "do_lower_case": True, **special}
(folder / "tokenizer_config.json").write_text(json.dumps(told))

torch.manual_seed(1)
labels = ["O", *(f"{place}-{name}" for name in ("Disease", "Chemical", "Gene", "Species") for place in "BI")]
config = BertConfig(
    vocab_size=tokenizer.get_vocab_size(),
    num_labels=len(labels),
    id2label=dict(enumerate(labels)),
    label2id={label: index for index, label in enumerate(labels)},
    attn_implementation="eager",
)
model = BertForTokenClassification(config).eval()
# Most tokens of a text are in no mention: chance must not give the peer more to write than a trained model has.
torch.nn.init.constant_(model.classifier.bias[:1], 1.5)
model.config.save_pretrained(folder)

names = ["input_ids", "attention_mask", "token_type_ids"]
sizes = {0: "batch", 1: "time"}
ids = torch.randint(5, config.vocab_size, (2, 16))
torch.onnx.export(
    model,
    (ids, torch.ones_like(ids), torch.zeros_like(ids)),
    str(folder / "onnx" / "model.onnx"),
    input_names=names,
    output_names=["logits"],
    dynamic_axes={name: sizes for name in [*names, "logits"]},
    opset_version=17,
    dynamo=False,
)
