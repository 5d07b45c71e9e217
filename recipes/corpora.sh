#!/usr/bin/env bash
# Pretrains the three models of recipes/corpora.yaml, each on one domain of ../shared/data/corpora, into runs/corpora/models.
set -euo pipefail
cd "$(dirname "$0")/.."
fusesharp=${FUSESHARP:-"dotnet run -c Release --project src/FuseSharp.Cli --"}

make() { # domain family vocabulary config epochs
  local texts="../shared/data/corpora/$1.train.jsonl" tokenizer="runs/corpora/tokenizers/$1"
  $fusesharp tokenizer train --texts "$texts" --family "$2" --vocabulary "$3" --output "$tokenizer"
  $fusesharp pretrain --config "assets/configs/$4.json" --tokenizer "$tokenizer" --texts "$texts" \
    --set train.epochs="$5" --set train.batch_size=8 --set train.learning_rate=0.002 --set train.warmup_ratio=0.05 --set train.precision=bfloat16 --output "runs/corpora/models/$1"
}

make encyclopedia SentencePiece 2048 security 3
make drama SentencePiece 3072 data 4
make speeches ByteLevel 2560 web 3
