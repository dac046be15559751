"""Shared tokenizers in -> test/fixtures/tokens/*.json out: ids of hard strings by SentencePiece, tiktoken and llama2.c.

Each tokenizer is run by the library it was made for, so that Nerium's conversions are checked by somebody else's code.
The shared files are read, never copied; the small SentencePiece models are trained here.

    python -m venv venv && venv/bin/pip install sentencepiece tiktoken
    venv/bin/python scripts/make-tokenizer-fixtures.py ../shared/data/tokenizers
"""

import base64
import gzip
import io
import json
import pathlib
import random
import struct
import sys
import tempfile
import unicodedata

import sentencepiece
import tiktoken
import tiktoken.load

FOLDER = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "tokens"

STRINGS = [
    "",
    " ",
    "  ",
    "a",
    " a",
    "  a  b   c ",
    "\n",
    "\r\n",
    "a\r\nb\n\nc\r\n\r\n  d\te",
    "\t\ttabs\tand  spaces\t",
    "Metformin lowers the risk of hepatocellular carcinoma.",
    "The BRCA1/BRCA2 genes (17q21.31), TP53 and c-MYC.",
    "N-(4-hydroxyphenyl)acetamide; 2,3,7,8-tetrachlorodibenzo-p-dioxin",
    "5-fluorouracil at 1000 mg/m² twice daily for 14 days (n=1,234; p<0.0001)",
    "α-synuclein, β-catenin, NF-κB, TGF-β1, Δ9-tetrahydrocannabinol, µ-opioid, μ-opioid",
    "IL-2Rα+ CD4+CD25+FoxP3+ T cells",
    "Sjögren's syndrome, Behçet’s disease, Ménière",
    "Sjo\u0308gren decomposed, e\u0301, n\u0303, a\u0323\u0307",
    "\u0301leading mark",
    "10⁻⁶ M, H₂O₂, Ca²⁺, ½ dose, Ⅳ, ٣ ٤, १२",
    "🧬 👩🏽‍🔬 🇨🇭 ❤️ \U0001f9ec\U0001f9ec",
    "𝒜𝓑 mathematical, 𐍈 gothic, 𠜎 rare",
    "蛋白质 and タンパク質 and 단백질 and белок and حمض أميني and हिन्दी",
    "zero\u200bwidth no\u00a0break thin\u2009space ideographic\u3000space \u2028line\u2029para \u0085nel",
    "\ufeffbyte order mark",
    "ﬁbrosis ﬂow ™ ℃ Å",
    "don't DON'T I'll we're it's It'S 'Tis y'all",
    "snake_case camelCase HTTPServer XMLHttpRequest α2β1 pH7.4",
    "!!!???...---___***###@@@ /// //\n//",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "1234567890123 12 345 6,789.01",
    "▁ literal mark ▁▁ twice",
    "<|eot_id|> and <|im_end|> and <|endoftext|> and <s> </s> <unk> [INST] <|begin_of_text|>",
    "<0x41> <0x0A> <|reserved_special_token_0|>",
    " leading space kept",
    "trailing space kept ",
    "\u0000null\u0001\u007f",
    "Ġ Ċ fake byte symbols",
    "mixed\u00ad soft\u00adhyphen \u202eRTL\u202c",
    "x" * 3 + " " * 30 + "y" + "\n" * 7 + "z",
]

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def ranks_of(data):
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines() if line)}


def by_tiktoken(ranks, pattern, normalise=lambda text: text):
    encoding = tiktoken.Encoding(name="fixture", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return [encoding.encode_ordinary(normalise(text)) for text in STRINGS]


def by_llama2c(data, text):
    """run.c's encode(): characters, bytes where there is no character, then the best-scored neighbours again and again."""
    at, pieces = 4, []
    while at < len(data):
        score, length = struct.unpack("<fi", data[at : at + 8])
        pieces.append((data[at + 8 : at + 8 + length], score))
        at += 8 + length
    ids = {piece: index for index, (piece, _) in reversed(list(enumerate(pieces)))}
    tokens = [ids[b" "]] if text else []
    for character in text:
        encoded = character.encode()
        tokens += [ids[encoded]] if encoded in ids else [byte + 3 for byte in encoded]
    while True:
        best = None
        for index in range(len(tokens) - 1):
            merged = ids.get(pieces[tokens[index]][0] + pieces[tokens[index + 1]][0])
            if merged is not None and (best is None or pieces[merged][1] > best[0]):
                best = (pieces[merged][1], index, merged)
        if best is None:
            return tokens
        tokens[best[1] : best[1] + 2] = [best[2]]


def published(folder):
    read = lambda *parts: (folder.joinpath(*parts)).read_bytes()
    llama2 = sentencepiece.SentencePieceProcessor(model_file=str(folder / "llama2" / "tokenizer.model"))
    gpt2 = tiktoken.load.data_gym_to_mergeable_bpe_ranks(
        str(folder / "gpt2" / "merges.txt"), str(folder / "gpt2" / "encoder.json")
    )
    stories = read("stories260K", "tok512.bin")
    return {
        "llama2": [llama2.encode(text) for text in STRINGS],
        "llama3": by_tiktoken(ranks_of(read("llama3", "tokenizer.model")), GPT4.replace("DIGITS", r"\p{N}{1,3}")),
        "llama4": by_tiktoken(ranks_of(gzip.decompress(read("llama4", "tokenizer.model.gz"))), GPT4O),
        "qwen": by_tiktoken(
            ranks_of(read("qwen", "qwen.tiktoken")),
            GPT4.replace("DIGITS", r"\p{N}"),
            lambda text: unicodedata.normalize("NFC", text),
        ),
        "gpt2": by_tiktoken(gpt2, GPT2),
        # llama2.c reads C strings, which end at a zero byte, and it does not know SentencePiece's mark for a space
        "stories260K": [None if "\0" in text or "▁" in text else by_llama2c(stories, text) for text in STRINGS],
    }


def training_sentences():
    """Made-up sentences of words from the strings above, so that the little models have something to merge."""
    chance = random.Random(7)
    words = " ".join(STRINGS[10:20]).split() + "the of and in with patients disease cells".split() * 3
    return [" ".join(chance.choice(words) for _ in range(12)) for _ in range(400)]


def small_models():
    rules = "\n".join("\t".join(hex(ord(c))[2:].upper() for c in pair) for pair in ("ﬁf", "αa", "℃C")) + "\n"
    rules_file = tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8")
    rules_file.write(rules)
    rules_file.flush()
    common = dict(vocab_size=420, character_coverage=0.98, num_threads=1, hard_vocab_limit=False)
    settings = {
        "bpe": dict(model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
                    remove_extra_whitespaces=False),
        "bpe, user-defined, no prefix": dict(model_type="bpe", byte_fallback=True, add_dummy_prefix=False,
                    normalization_rule_name="identity", remove_extra_whitespaces=False,
                    user_defined_symbols=["<mask>", "BRCA1/", "cells"]),
        "bpe, no bytes, spaces removed": dict(model_type="bpe", normalization_rule_name="identity"),
        "unigram": dict(model_type="unigram", normalization_rule_name="identity"),
        "unigram, bytes, rules": dict(model_type="unigram", byte_fallback=True,
                    normalization_rule_tsv=rules_file.name, control_symbols=["<ctl>"]),
    }
    models = {}
    for name, more in settings.items():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(training_sentences()), model_writer=model, minloglevel=2, **common, **more
        )
        processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
        models[name] = {
            "model": base64.b64encode(model.getvalue()).decode(),
            "ids": [processor.encode(text) for text in STRINGS],
        }
    rules_file.close()
    return models


def write(name, value):
    lines = json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace('],"', '],\n"').replace("]],", "]],\n")
    (FOLDER / name).write_text(lines + "\n")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("parity.json", {"strings": STRINGS, **published(pathlib.Path(sys.argv[1]))})
    write("sentencepiece.json", small_models())
