"""Forward and backward against a device-to-device copy: bytes that must be moved, over time, over the copy's bandwidth."""

import torch

from arguments import parse
from dice_loss import DiceLoss
from timing import Timer, kernel_milliseconds

# Channels, type of logits, type of labels, the part of the copy's bandwidth that is the target, and options.
CASES = [
    *((channels, torch.float32, torch.int64, 0.90, {}) for channels in (2, 3, 4, 5, 8, 16)),
    (105, torch.float32, torch.int64, 0.85, {}),
    *((channels, kind, torch.uint8, 0.85, {}) for channels in (2, 5, 16, 105) for kind in (torch.float16, torch.bfloat16)),
    *((channels, torch.float32, torch.int64, None, {"cross_entropy": {}}) for channels in (2, 5, 16, 105)),
    *((channels, torch.float16, torch.uint8, None, {"cross_entropy": {}}) for channels in (2, 5, 16)),
    (5, torch.float32, torch.int64, None, {"cross_entropy": {"label_smoothing": 0.1}}),
    (5, torch.float32, torch.int64, None, {"focal": {}}),
    *((channels, torch.float32, torch.int64, None, {}) for channels in (256, 300, 725)),
    *((channels, torch.float32, torch.int64, None, {"activation": "sigmoid"}) for channels in (16, 105)),
]

# The same for masks, one map per channel.
CASES_OF_MAPS = [
    *((channels, torch.float32, torch.uint8, None, {"activation": "sigmoid"}) for channels in (3, 16, 105, 300)),
    (105, torch.float32, torch.uint8, None, {"activation": "sigmoid", "cross_entropy": {}}),
    (105, torch.float32, torch.uint8, None, {"activation": "sigmoid", "focal": {}}),
    *((channels, torch.float32, torch.uint8, None, {}) for channels in (5, 16, 105, 300)),
]

# The same for channels next to each other.
CASES_OF_CHANNELS_LAST = [(channels, torch.float32, torch.int64, None, {}) for channels in (2, 5, 16, 105)]


def measure(rows, device, timer, copy, elements, channels, kind, labels_kind, target, options, has_maps=False, is_channels_last=False):
    voxels = max(elements // channels // 1024, 1) * 1024
    x = torch.randn((1, voxels, channels) if is_channels_last else (1, channels, voxels), device=device, dtype=torch.float32).to(kind)
    x = (x.transpose(1, 2) if is_channels_last else x).requires_grad_()
    if has_maps:
        y = torch.randint(0, 2, (1, channels, voxels), device=device, dtype=labels_kind)
    else:
        y = torch.randint(0, channels, (1, voxels), device=device, dtype=torch.int64).to(labels_kind)
    loss = DiceLoss(**options)
    bytes_of_logits, bytes_of_labels = x.numel() * x.element_size(), y.numel() * y.element_size()
    is_cuda = device.type == "cuda"
    passes = [
        ("forward", "dice_sums", bytes_of_logits + bytes_of_labels, lambda: None, lambda _: loss(x, y)),
        ("backward", "dice_gradient", 2 * bytes_of_logits + bytes_of_labels, lambda: loss(x, y), lambda value: torch.autograd.grad(value, x)),
    ]
    for name, kernel, count, prepare, act in passes:
        call = timer.median(prepare, act)
        alone = kernel_milliseconds(lambda: act(prepare()), kernel) if is_cuda else None
        part = count / (alone or call) / 1e6 / copy
        verdict = ("passed" if part >= target else "failed") if is_cuda and target else "measured"
        goal = f"target {target:.0%}; " if is_cuda and target else ""
        detail = goal + ("the kernel alone" if alone else "the whole call")
        numbers = {"of_copy": part, "call_ms": call, "bytes": count} | ({"kernel_ms": alone} if alone else {})
        values = [word for value in options.values() for word in ([value] if isinstance(value, str) else value)]
        words = [name, channels, "channels", kind, labels_kind, *["maps"] * has_maps, *["channels last"] * is_channels_last, *(key for key in options if key != "activation"), *values]
        rows.add(" ".join(map(str, words)).replace("torch.", "").replace("_", " "), verdict, detail, **numbers)


def main():
    device, rows, _ = parse("bandwidth", __doc__)
    timer = Timer(device)
    elements = (1 << 28) if device.type == "cuda" else (1 << 18)
    source = torch.randn(elements, device=device)
    target = torch.empty_like(source)
    milliseconds = timer.median(lambda: None, lambda _: target.copy_(source))
    copy = 2 * source.numel() * 4 / milliseconds / 1e6
    rows.add("copy within the device", "measured", "bytes read and written", gigabytes_a_second=copy, ms=milliseconds)
    del source, target
    for case in CASES:
        rows.guard(str(case[:2]), lambda: measure(rows, device, timer, copy, elements, *case))
    for case in CASES_OF_MAPS:
        rows.guard(str(case[:2]), lambda: measure(rows, device, timer, copy, elements, *case, has_maps=True))
    for case in CASES_OF_CHANNELS_LAST:
        rows.guard(str(case[:2]), lambda: measure(rows, device, timer, copy, elements, *case, is_channels_last=True))


if __name__ == "__main__":
    main()
