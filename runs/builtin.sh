#!/usr/bin/env bash
# The built-in model from nothing, with Nerium alone: text and corpora → pre-training → fine-tuning → builtin/, and its
# markup edition → builtin/markup/. Takes about twelve hours on 2 cores; stop it whenever you like, the same command goes on
# from the last checkpoint.
# Usage: npm install && runs/builtin.sh [stage …]      (stages: text corpora species renamed weak pretrain dictionary finetune
# refine average distilled distill distilled_again distill_again final activations install silver markup install_markup; default:
# all; apart from these auxiliary: scores for the card, and ingredients: a table for docs/log.md)
set -euo pipefail
cd "$(dirname "$0")/.."
data=${NERIUM_DATA:-../shared/data}
out=out/builtin

script() { npx tsx --conditions=@nerium/source "scripts/$1.ts" "${@:2}"; }

text() { # unlabelled text whose licences allow a model for everybody
  mkdir -p $out/text $out/craft
  script select-text "$data/text/abstracts.txt.gz" "$data/text/abstracts.sources.tsv.gz" $out/text/abstracts.txt
  tar -xzf "$data/corpora/craft/all.knowtator.tar.gz" -C $out/craft --wildcards 'articles/txt/*.txt'
  cat $out/craft/articles/txt/*.txt | tr -d '\r' > $out/text/craft.txt
  for name in jnlpba anatem bionlp13cg; do # abstracts, one a line; their annotations are not looked at here
    mkdir -p $out/brat/$name
    tar -xzf "$data/corpora/$name/train.brat.tar.gz" -C $out/brat/$name
    find $out/brat/$name -name '*.txt' | sort | while read -r file; do tr -s '\r\n' ' ' < "$file"; echo; done > $out/text/$name.txt
  done
  grep -vFf <(tr -d '\r' < "$data/corpora/bc2gm/devsplit-dev.ids.txt" | sed 's/$/ /') "$data/corpora/bc2gm/train.in" |
    cut -d' ' -f2- > $out/text/bc2gm-train.txt
}

# Corpora share documents: what is in a dev split must not be learnt from another corpus.
without() { # IDS IN OUT
  awk -F'[|\t]' 'NR==FNR { skip[$1]; next } !($1 in skip)' "$1" "$2" > "$3"
}

# First documents of a PubTator file to one file, the others to another: s800 and linnaeus come without a dev split.
split() { # IN COUNT FIRST REST
  awk -F'[|\t]' -v count="$2" -v first="$3" -v rest="$4" \
    '$2 == "t" { n++ } { print > (n <= count ? first : rest) }' "$1"
}

corpora() {
  mkdir -p $out/corpora
  split "$data/corpora/s800/train.pubtator" 575 $out/corpora/s800-train.pubtator $out/corpora/s800-dev.pubtator
  split "$data/corpora/linnaeus/train.pubtator" 68 $out/corpora/linnaeus-train.pubtator $out/corpora/linnaeus-dev.pubtator
  cut -d'|' -f1 -s "$data"/corpora/{ncbi-disease,bc5cdr}/dev.pubtator $out/corpora/{s800,linnaeus}-dev.pubtator |
    grep -E '^[0-9]+$' | sort -u > $out/corpora/dev-ids.txt
  for name in biored gnormplus tmvar3; do
    without $out/corpora/dev-ids.txt "$data/corpora/$name/train.pubtator" $out/corpora/$name-train.pubtator
  done
  without $out/corpora/dev-ids.txt "$data/corpora/drugprot/dev.pubtator" $out/corpora/drugprot-dev.pubtator
  npx nerium convert $out/brat/jnlpba $out/corpora/jnlpba.jsonl --from brat
  npx nerium convert "$data/corpora/craft/all.knowtator.tar.gz" $out/corpora/craft.jsonl
}

species() { # other organisms in the species corpora's training texts
  script rename-species "$data/vocabularies" recipes/builtin/species-names.txt 3 \
    $out/corpora/species-renamed.jsonl $out/corpora/{s800,linnaeus}-train.pubtator
}

renamed() { # other names in the benchmarks' training texts
  local rename="script rename-mentions $data/vocabularies 2"
  for name in ncbi-disease bc5cdr; do
    $rename "$out/corpora/$name-renamed.jsonl" "$data/corpora/$name/train.pubtator"
  done
  local bc2gm="$data/corpora/bc2gm"
  $rename $out/corpora/bc2gm-renamed.jsonl "$bc2gm/train.in,$bc2gm/train.GENE.eval,$bc2gm/devsplit-train.ids.txt"
}

weak() { # labels by dictionary, with heads of their own
  script weak-labels "$data/vocabularies" $out/corpora/weak.jsonl \
    $out/text/{abstracts,jnlpba,anatem,bionlp13cg,bc2gm-train}.txt
}

pretrain() { npx nerium train recipes/builtin/pretrain.yaml; }

dictionary() { npx nerium train recipes/builtin/dictionary.yaml; }

finetune() { npx nerium train recipes/builtin/finetune.yaml; }

refine() { npx nerium train recipes/builtin/refine.yaml; }

tuned() { # on dev: how names are carried through a document, curves that make scores probabilities, thresholds
  script tune-builtin "$out/$1/model" recipes/builtin/refine.yaml
}

average() { # of the model before and after its refinement
  script average-models $out/average/model 256,32 $out/refine/model $out/finetune/model
  tuned average
}

distilled() { # what the averaged model, with its rules over whole documents, says of unlabelled text
  cat $out/text/{jnlpba,anatem,bionlp13cg,abstracts}.txt > $out/text/distill.txt
  npx nerium tag $out/text/distill.txt -m $out/average/model --per-line --to jsonl -o $out/corpora/distill-abstracts.jsonl
  npx nerium tag $out/craft/articles/txt -m $out/average/model --to jsonl -o $out/craft/tagged
  cat $out/craft/tagged/*.jsonl > $out/corpora/distill-craft.jsonl
}

distill() { npx nerium train recipes/builtin/distill.yaml; }

distilled_again() { # the same by the mean of both, and of trial reports too; a low threshold finds as much as there is in dev
  script average-models $out/soup/model 256,32 $out/average/model $out/distill/model
  tuned soup
  zcat "$data/text/rct_fulltext.permissive.txt.gz" |
    awk 'BEGIN { RS = "" } NR % 20 == 7 { gsub(/\n/, " "); print }' > $out/text/trials.txt
  local tag="npx nerium tag -m $out/soup/model --threshold 0.3 --to jsonl"
  $tag $out/text/distill.txt --per-line -o $out/corpora/again-abstracts.jsonl
  $tag $out/text/trials.txt --per-line -o $out/corpora/again-trials.jsonl
  $tag $out/craft/articles/txt -o $out/craft/tagged-again
  cat $out/craft/tagged-again/*.jsonl > $out/corpora/again-craft.jsonl
}

distill_again() { # from that mean; S800 at full weight, other organisms twice as often
  npx nerium train recipes/builtin/distill.yaml from=$out/soup/model out=$out/distill-again \
    data.0.path=$out/corpora/again-abstracts.jsonl data.0.repeat=0.5 data.1.path=$out/corpora/again-craft.jsonl \
    data.5.repeat=1 data.7.repeat=0.3 \
    "data.17={path: $out/corpora/again-trials.jsonl, format: jsonl, annotates: [Disease, Chemical, Gene, Species], repeat: 0.5}"
}

final() { # the mean of three; the heads for diseases and chemicals heed other guidelines a little
  script average-models $out/mean/model 256,32 $out/{average,distill,distill-again}/model
  script blend-heads $out/blended/model $out/mean/model Chemical ChemicalEntity 0.25
  script blend-heads $out/final/model $out/blended/model Disease PhenotypicDisease 0.25
  tuned final
}

ingredients() { # what each brings to 200 steps of fine-tuning, ten minutes a row
  short() { # NAME key=value…
    npx nerium train recipes/builtin/finetune.yaml "out=$out/ingredients/$1" training.steps=200 training.average=0.98 "${@:2}"
  }
  short all
  short all-seed-2 seed=2
  short without-dictionary "from=$out/pretrain/model"
  short from-nothing from= vocabularySize=16000 \
    'model={hidden: 256, layers: 8, heads: 4, kvHeads: 2, intermediate: 768}'
  short without-other-species data.5.repeat=0.001
  short without-auxiliary data.{6,7,8,9,10,11}.repeat=0.001
}

auxiliary() { # what the auxiliary heads are worth: a model of its own learns nine tenths of their corpora, the rest scores it
  for name in biored-train gnormplus-train tmvar3-train drugprot-dev; do
    npx nerium corpus split $out/corpora/$name.pubtator --out $out/auxiliary/$name --ratios 9:1 --names train,dev --overwrite
  done
  for name in jnlpba craft; do
    npx nerium corpus split $out/corpora/$name.jsonl --out $out/auxiliary/$name --ratios 9:1 --names train,dev --overwrite
  done
  cut -d'|' -f1 -s $out/auxiliary/*/dev.pubtator | grep -E '^[0-9]+$' | sort -u > $out/auxiliary/dev-ids.txt
  for name in biored-train gnormplus-train tmvar3-train drugprot-dev; do
    without $out/auxiliary/dev-ids.txt $out/auxiliary/$name/train.pubtator $out/auxiliary/$name/others.pubtator
  done
  npx nerium train recipes/builtin/auxiliary.yaml
}

activations() { # ranges for computing in 8 bits, from texts without labels
  script calibrate-activations $out/final/model 60 $out/text/{abstracts,jnlpba,anatem,bc2gm-train,bionlp13cg}.txt
}

install() { # the card, builtin/README.md, is written by hand
  cp $out/final/model/{config.json,nerium.json,tokenizer.json,model.safetensors,thresholds.svg} builtin/
}

silver() { # what the label model says of unlabelled text, all types at once: data for the markup edition
  head -n 1500 $out/text/abstracts.txt | cat $out/text/{jnlpba,anatem,bionlp13cg}.txt - $out/text/bc2gm-train.txt > $out/text/silver.txt
  npx nerium tag $out/text/silver.txt --per-line --precision float32 --threshold 0.5 --to jsonl -o $out/corpora/silver.jsonl
}

markup() { npx nerium train recipes/builtin/markup.yaml; }

install_markup() { # the card, builtin/markup/README.md, is written by hand
  cp $out/markup/model/{config.json,nerium.json,tokenizer.json,model.safetensors} builtin/markup/
}

for stage in "${@:-text corpora species renamed weak pretrain dictionary finetune refine average distilled distill distilled_again distill_again final activations install silver markup install_markup}"; do
  for name in $stage; do "$name"; done
done
