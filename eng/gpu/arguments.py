"""What the parts are told by prove.py."""

import argparse

import torch

from report import Rows


def parse(part: str, description: str):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rows", required=True, help="file that rows are added to")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--share", default="1/1", help="of parts that can be shared, which of how many")
    arguments = parser.parse_args()
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("torch finds no CUDA device; --device cpu proves the scripts.")
    which, shares = map(int, arguments.share.split("/"))
    return torch.device(arguments.device), Rows(arguments.rows, part), lambda items: list(items)[which - 1 :: shares]
