#!/usr/bin/env bash
# Builds what a machine with a CUDA device and no .NET needs, into eng/gpu/built, which git ignores: the C library, the conformance runner and a
# TorchSharp program.
set -euo pipefail
cd "$(dirname "$0")/../.."

built=eng/gpu/built
drafts=$(mktemp -d)
trap 'rm -rf "$drafts"' EXIT
rm -rf "$built"
mkdir -p "$built"

for project in src/DiceLoss.Native tests/DiceLoss.Cuda.Conformance; do
    dotnet publish "$project" -c Release -r linux-x64 -o "$drafts"
done

# TorchSharp brings .NET along: packed, since what travels is to be small.
dotnet publish eng/gpu/torchsharp -c Release -o "$drafts/torchsharp"
tar -C "$drafts/torchsharp" -cJf "$built/torchsharp.tar.xz" .

cp "$drafts"/*.so "$drafts/DiceLoss.Cuda.Conformance" "$built"
du -ch "$built"/*
