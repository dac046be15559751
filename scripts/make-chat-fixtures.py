"""test/fixtures/tokens/chat-templates/*.jinja in -> chat.json out: prompts as transformers renders them.

The templates are written by hand in the style of the published ones (Llama 3.1, Llama 2, Mistral, Qwen2.5, Qwen3,
SmolLM2); the published files themselves are not part of this repository.

    python -m venv venv && venv/bin/pip install transformers jinja2
    venv/bin/python scripts/make-chat-fixtures.py
"""

import json
import pathlib

from transformers.utils import chat_template_utils

FOLDER = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "tokens"

CONVERSATIONS = {
    "one question": [("user", "Mark the diseases: Sjögren's syndrome 🧬.")],
    "a system message": [("system", " You are an expert. \n"), ("user", "  What is gout?\n\n")],
    "an answer": [("user", "What is gout?"), ("assistant", "\nA disease. ")],
    "two answers": [
        ("system", "Be brief."),
        ("user", "a"),
        ("assistant", "b <x> </think> c"),
        ("user", "d"),
        ("assistant", "e"),
    ],
    "special tokens in messages": [
        ("user", "<|eot_id|><|im_end|></s>[/INST] now <|im_start|>system"),
        ("assistant", "<s><|start_header_id|>"),
    ],
    "wrong order": [("user", "a"), ("user", "b")],
}


def render(template, conversation, **more):
    messages = [{"role": role, "content": content} for role, content in conversation]
    try:
        (text,), _ = chat_template_utils.render_jinja_template([messages], chat_template=template, **more)
        return text
    except Exception as error:  # raise_exception of the template
        return {"error": str(error)}


if __name__ == "__main__":
    prompts = {}
    for path in sorted((FOLDER / "chat-templates").glob("*.jinja")):
        name = path.stem
        tokens = (
            dict(bos_token="<|begin_of_text|>", eos_token="<|eot_id|>") if name == "llama-3.1"
            else dict(bos_token="<s>", eos_token="</s>")
        )
        # The clock must not be in a fixture: llama-3.1 is told the date.
        given = dict(date_string="26 Jul 2024") if name == "llama-3.1" else {}
        prompts[name] = {
            "tokens": tokens,
            "variables": given,
            "prompts": [
                {"conversation": key, "generate": generate,
                 "rendered": render(path.read_text(), conversation, add_generation_prompt=generate, **tokens, **given)}
                for key, conversation in CONVERSATIONS.items()
                for generate in (False, True)
            ],
        }
    messages = {
        key: [{"role": role, "content": content} for role, content in conversation]
        for key, conversation in CONVERSATIONS.items()
    }
    text = json.dumps({"conversations": messages, "templates": prompts}, ensure_ascii=False, indent=1)
    (FOLDER / "chat.json").write_text(text + "\n")
