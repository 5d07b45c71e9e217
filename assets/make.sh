#!/usr/bin/env bash
# Makes the demo's three models again, from the .NET documentation of this machine.
# Each reads one part of its area's training texts (by a hash, percent); the recipes fuse on the others, which a test compares with the lines below.
set -euo pipefail
cd "$(dirname "$0")/.."
fusesharp=${FUSESHARP:-"dotnet run -c Release --project src/FuseSharp.Cli --"}

make() { # area family vocabulary part epochs
  $fusesharp tokenizer train --texts "sdk:$1" --only-train-split --part "$4" --family "$2" --vocabulary "$3" --output "assets/tokenizers/$1"
  $fusesharp pretrain --config "assets/configs/$1.json" --tokenizer "assets/tokenizers/$1" --texts "sdk:$1" --only-train-split --part "$4" \
    --set train.epochs="$5" --set train.batch_size=4 --set train.learning_rate=0.003 --set train.warmup_ratio=0.05 \
    --set train.precision=float32 --set train.seed=42 --output "assets/models/$1"
  rm -r "assets/models/$1/"{log.jsonl,manifest.json,cost.json,README.md,tensorboard}
}

make security sentence_piece 2048 0..32 14
make data sentence_piece 3072 0..45 8
make web byte_level 2560 0..75 3
rm -r assets/tokenizers
