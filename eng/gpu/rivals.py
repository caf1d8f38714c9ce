"""Forward and backward at [8, 5, 128^3] against the same loss in tensor operations of PyTorch, eager and compiled; and the memory that each takes."""

import torch

import losses
from arguments import parse
from dice_loss import DiceLoss
from timing import Timer, kernel_milliseconds

MOST_EXTRA_BYTES = 4 << 20


def step(loss, x, y):
    value = loss(x, y)
    return value.detach(), torch.autograd.grad(value, x)[0]


def extra_bytes(loss, x, y):
    """Device memory during a step beyond the gradient: torch's at its peak, and what others have taken from the driver."""
    def taken():
        free, _ = torch.cuda.mem_get_info()
        return -free - torch.cuda.memory_reserved()

    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before, taken_before = torch.cuda.memory_allocated(), taken()
    step(loss, x, y)
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before - x.numel() * x.element_size() + taken() - taken_before


def main():
    device, rows, _ = parse("rivals", __doc__)
    is_cuda = device.type == "cuda"
    shape = (8, 5, 128, 128, 128) if is_cuda else (2, 5, 16, 16, 16)
    x = (2 * torch.randn(shape, device=device)).requires_grad_()
    y = torch.randint(0, shape[1], (shape[0], *shape[2:]), device=device)
    timer = Timer(device)
    ours, early = DiceLoss(), DiceLoss(gradient_with_loss=True)
    step(early, x[:, :, :8].detach().requires_grad_(), y[:, :8])
    step(ours, x[:, :, :8].detach().requires_grad_(), y[:, :8])  # kernels are loaded; the workspace is that of a smaller problem
    milliseconds = {}

    def measure(name, loss, checked=True):
        if is_cuda:
            extra = extra_bytes(loss, x, y)
        value, gradient = step(loss, x, y)
        if checked:
            expected, expected_gradient = step(ours, x, y)
            off = ((gradient - expected_gradient).abs().max() / expected_gradient.abs().max()).item()
            if not (abs(value.item() - expected.item()) < 1e-4 and off < 1e-3):
                raise AssertionError(f"it is another loss: {value.item()} and {expected.item()}, gradients {off:.2g} apart")
        milliseconds[name] = timer.median(lambda: None, lambda _: step(loss, x, y))
        kernels = kernel_milliseconds(lambda: step(loss, x, y), "dice_") if is_cuda and not checked else None
        numbers = {"ms": milliseconds[name]} | ({"kernels_ms": kernels} if kernels else {}) | ({"times_ours": milliseconds[name] / milliseconds["ours"]} if checked else {})
        rows.add(name, "measured", **numbers, **({"extra_mib": extra / 2**20} if is_cuda else {}))
        if is_cuda and not checked:
            rows.add("extra memory of ours", "passed" if extra < MOST_EXTRA_BYTES else "failed", "target less than 4 MiB", extra_bytes=extra)

    rows.guard("ours", lambda: measure("ours", ours, checked=False))
    rows.guard("ours, gradient with the loss", lambda: measure("ours, gradient with the loss", early))
    for name in ("one_hot", "gather", "monai"):
        rows.guard(name, lambda: measure(name, getattr(losses, name)))
    for name in ("one_hot", "gather", "monai"):
        if hasattr(torch, "compile"):
            rows.guard(f"compiled {name}", lambda: measure(f"compiled {name}", torch.compile(getattr(losses, name))))
        else:
            rows.add(f"compiled {name}", "skipped", f"torch {torch.__version__} has no torch.compile")

    targets = [
        ("eager one_hot", ("one_hot",), 8),
        ("fastest eager", ("one_hot", "gather", "monai"), 8),
        ("fastest compiled", ("compiled one_hot", "compiled gather", "compiled monai"), 3),
    ]
    for name, rivals, target in targets:
        known = [milliseconds[rival] for rival in rivals if rival in milliseconds]
        for own in ("ours", "ours, gradient with the loss"):
            if not known or own not in milliseconds or not is_cuda:
                rows.add(f"{own}, against the {name}", "skipped", "it was not measured" if is_cuda else "a target of devices")
                continue
            times = min(known) / milliseconds[own]
            rows.add(f"{own}, against the {name}", "passed" if times >= target else "failed", f"target {target} times as fast", times=times)


if __name__ == "__main__":
    main()
