"""A seed in -> test/fixtures/scores/*.json out: small random cases with the counts of the scorers that the field uses.

- seqeval.json: label sequences; seqeval's default mode, its mode="strict" with scheme=IOB2, and conlleval's counts by the
  short implementation below (written from the description of the CoNLL-2000 shared task, not from anybody's code).
- nervaluate.json: flat and nested spans; nervaluate's counts of SemEval-2013's four ways to compare.
- bc2.json: gold mentions, alternatives and predictions; the counts of BioCreative II's gene mention task by the short
  implementation below (written from what the task's own scorer is documented to do and does, not from its code).

    python3 -m venv venv && venv/bin/pip install seqeval nervaluate
    venv/bin/python scripts/make-score-fixtures.py
"""

import json
import pathlib
import random
import warnings

from nervaluate import Evaluator
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as lenient
from seqeval.metrics.v1 import precision_recall_fscore_support as strict
from seqeval.scheme import IOB2

warnings.filterwarnings("ignore")
FOLDER = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "scores"
TYPES = ["Chemical", "Disease", "Gene"]


def main():
    dice = random.Random(20130614)
    write("seqeval.json", [label_case(dice, at) for at in range(200)])
    write("nervaluate.json", [span_case(dice, nested=at >= 200) for at in range(300)])
    write("bc2.json", [bc2_case(dice) for _ in range(200)])


def write(name, cases):
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (FOLDER / name).write_text(f"[\n{lines}\n]\n")


# --- labels ---------------------------------------------------------------------------------------------------------


def label_case(dice, at):
    """IOB2 with many faults: orphan I, I of another type, B inside of a chunk. Every fourth case has E and S too."""
    prefixes = "BIES" if at % 4 == 3 else "BI"
    shape = [dice.randint(1, 9) for _ in range(dice.randint(1, 4))]
    gold = [random_labels(dice, length, prefixes) for length in shape]
    predicted = [[label if dice.random() < 0.7 else one_label(dice, prefixes) for label in sentence] for sentence in gold]
    case = {"gold": gold, "predicted": predicted, "seqeval": seqeval_scores(lenient, gold, predicted)}
    case["conlleval"] = conlleval(gold, predicted)
    if prefixes == "BI":
        case["iob2"] = seqeval_scores(strict, gold, predicted, scheme=IOB2)
    return case


def random_labels(dice, length, prefixes):
    return [one_label(dice, prefixes) for _ in range(length)]


def one_label(dice, prefixes):
    return "O" if dice.random() < 0.35 else f"{dice.choice(prefixes)}-{dice.choice(TYPES[:2] if prefixes == 'BI' else TYPES)}"


def seqeval_scores(score, gold, predicted, **options):
    if not any(label != "O" for sentence in gold + predicted for label in sentence):
        return {"micro": [0, 0, 0, 0], "macro": [0, 0, 0]}
    try:
        micro = [number(value) for value in score(gold, predicted, average="micro", **options)]
        macro = [number(value) for value in score(gold, predicted, average="macro", **options)][:3]
    except ValueError:  # strict mode refuses to score where no chunk is left at all
        return {"micro": [0, 0, 0, 0], "macro": [0, 0, 0]}
    return {"micro": micro, "macro": macro}


def number(value):
    """A mean over no type at all is NaN there; here, as every undefined rate, it is 0."""
    plain = value.item() if hasattr(value, "item") else value
    return 0 if plain is None or plain != plain else plain


def conlleval(gold, predicted):
    """Counts chunks while walking both sequences at once: a chunk is correct if both begin, go on and end together."""
    counts = {}

    def count(kind, of):
        counts.setdefault(of, {"correct": 0, "gold": 0, "predicted": 0})[kind] += 1

    for sentence in zip(gold, predicted):
        both = [[("O", "")] + [split(label) for label in labels] + [("O", "")] for labels in sentence]
        matching = None
        for (gold_before, gold_now), (own_before, own_now) in zip(zip(both[0], both[0][1:]), zip(both[1], both[1][1:])):
            gold_ends, own_ends = ends(gold_before, gold_now), ends(own_before, own_now)
            if matching is not None:
                if gold_ends and own_ends:
                    count("correct", matching)
                if gold_ends or own_ends:
                    matching = None
            gold_begins, own_begins = begins(gold_before, gold_now), begins(own_before, own_now)
            if gold_begins and own_begins and gold_now[1] == own_now[1]:
                matching = gold_now[1]
            if gold_begins:
                count("gold", gold_now[1])
            if own_begins:
                count("predicted", own_now[1])
    return counts


def split(label):
    return (label[0], label[2:])


def ends(before, now):
    if before[0] == "O":
        return False
    return before[0] in "ES" or now[0] in "OBS" or before[1] != now[1]


def begins(before, now):
    if now[0] == "O":
        return False
    return now[0] in "BS" or before[0] in "OES" or before[1] != now[1]


# --- spans ----------------------------------------------------------------------------------------------------------


def span_case(dice, nested):
    documents = []
    for _ in range(dice.randint(1, 3)):
        gold = random_spans(dice, nested)
        predicted = disturbed(dice, gold, nested)
        documents.append({"gold": gold, "predicted": predicted})
    return {"nested": nested, "documents": documents, "counts": nervaluate_counts(documents)}


def random_spans(dice, nested):
    spans = [span(dice) for _ in range(dice.randint(0, 6))]
    return tidy(spans, nested)


def disturbed(dice, gold, nested):
    spans = []
    for start, end, label in gold:
        if dice.random() < 0.2:
            continue
        if dice.random() < 0.3:
            start = max(0, start + dice.randint(-3, 3))
        if dice.random() < 0.3:
            end = max(start + 1, end + dice.randint(-3, 3))
        spans.append((start, max(end, start + 1), label if dice.random() < 0.75 else dice.choice(TYPES)))
    spans += [span(dice) for _ in range(dice.randint(0, 2))]
    return tidy(spans, nested)


def span(dice):
    start = dice.randint(0, 50)
    return (start, start + dice.randint(1, 9), dice.choice(TYPES))


def tidy(spans, nested):
    """Sorted, without repeats; flat ones also without overlaps."""
    kept = []
    for one in sorted(set(spans)):
        if nested or not kept or kept[-1][1] <= one[0]:
            kept.append(one)
    return kept


def nervaluate_counts(documents):
    def entities(side):
        # nervaluate's ends are included
        return [[{"label": label, "start": start, "end": end - 1} for start, end, label in doc[side]] for doc in documents]

    result = Evaluator(entities("gold"), entities("predicted"), tags=TYPES, loader="dict").evaluate()
    names = {"strict": "strict", "exact": "exact", "partial": "partial", "ent_type": "type"}
    return {
        ours: {
            "all": five(result["overall"][theirs]),
            "types": {tag: five(scores[theirs]) for tag, scores in sorted(result["entities"].items())},
        }
        for theirs, ours in names.items()
    }


def five(result):
    return [result.correct, result.incorrect, result.partial, result.missed, result.spurious]


# --- BioCreative II -------------------------------------------------------------------------------------------------


def bc2_case(dice):
    sentences = []
    for _ in range(dice.randint(1, 3)):
        gold = [(start, end) for start, end, _ in random_spans(dice, nested=False)]
        alternatives = sorted({other for one in gold for other in variants(dice, one)})
        pool = gold + alternatives + [span(dice)[:2] for _ in range(2)]
        predicted = sorted({one for one in pool if dice.random() < 0.5})
        sentences.append({"gold": gold, "alternatives": alternatives, "predicted": predicted})
    found, wrong, missed = 0, 0, 0
    for sentence in sentences:
        gold, alternatives, predicted = sentence["gold"], sentence["alternatives"], sentence["predicted"]
        hits = [any(one in predicted for one in [mention] + touching(mention, alternatives)) for mention in gold]
        found += sum(hits)
        missed += len(hits) - sum(hits)
        wrong += sum(1 for one in predicted if one not in gold and one not in alternatives)
    return {"sentences": sentences, "counts": [found, wrong, missed]}


def variants(dice, mention):
    start, end = mention
    for _ in range(dice.randint(0, 3)):
        left, right = max(0, start + dice.randint(-4, 4)), end + dice.randint(-4, 4)
        if left < right:
            yield (left, right)


def touching(mention, others):
    return [one for one in others if one[0] < mention[1] and mention[0] < one[1]]


main()
