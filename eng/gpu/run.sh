#!/usr/bin/env bash
# Proves the CUDA provider on this machine, which needs NVIDIA's driver and a Python with torch. Results go to a folder for the device in
# $OUT, or in bench/results. Arguments go to prove.py: see its --help.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PYTHONUNBUFFERED=1 PYTHONPATH="$PWD/samples/PyTorch${PYTHONPATH:+:$PYTHONPATH}"
export DICELOSS_LIBRARY="${DICELOSS_LIBRARY:-$PWD/eng/gpu/built/libdiceloss.so}" DICELOSS_CUDA_CACHE="${DICELOSS_CUDA_CACHE:-$scratch}"
python3 eng/gpu/prove.py --out "${OUT:-bench/results}" "$@"
