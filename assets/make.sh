#!/usr/bin/env bash
# Makes the demo's three models again, from the .NET documentation of this machine. About ten minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
fusesharp=${FUSESHARP:-"dotnet run -c Release --project src/FuseSharp.Cli --"}

make() { # area family vocabulary epochs
  $fusesharp tokenizer train --texts "sdk:$1" --only-train-split --family "$2" --vocabulary "$3" --output "assets/tokenizers/$1"
  $fusesharp pretrain --config "assets/configs/$1.json" --tokenizer "assets/tokenizers/$1" --texts "sdk:$1" --only-train-split \
    --epochs "$4" --batch-size 8 --learning-rate 0.002 --warmup-ratio 0.05 --precision Bfloat16 --seed 42 --output "assets/models/$1"
  rm -r "assets/models/$1/log.jsonl" "assets/models/$1/manifest.json" "assets/models/$1/tensorboard"
}

make security SentencePiece 2048 5
make data SentencePiece 3072 3
make web ByteLevel 2560 2
rm -r assets/tokenizers
