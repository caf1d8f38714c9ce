"""Loss and gradient of the C library against torch's autograd in float64, on the same tensors."""

import torch

from arguments import parse
from dice_loss import DiceLoss
from losses import truth

GRADIENT_PART = 2e-6  # of the largest gradient, for logits of 16 and 32 bits: docs/numerics.md
UNIT = {torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8, torch.float32: 0.0, torch.float64: 0.0}  # half a unit in the last place, at most
SMALLEST = {torch.float16: 2.0**-25}  # half of the smallest number


def holds(labels, channels):
    return torch.iinfo(labels).max >= channels - 1


def make(shape, logits, labels, device, seed):
    assert holds(labels, shape[1]), f"{labels} does not hold {shape[1]} classes"  # on the device, a label that is none ends all that comes after it
    generator = torch.Generator().manual_seed(seed)
    x = (2 * torch.randn(shape, generator=generator, dtype=torch.float64)).to(logits).to(device)
    y = torch.randint(0, max(shape[1], 2), (shape[0], *shape[2:]), generator=generator).to(labels).to(device)
    return x, y


def ours(x, y, options, upstream):
    x = x.detach().requires_grad_()
    loss = DiceLoss(**options)(x, y)
    return loss.detach(), torch.autograd.grad(loss, x, upstream.to(loss.dtype).reshape(loss.shape))[0]


def compare(x, y, options, factor=64.0):
    """Raises an error that says by how much, if the two differ by more than they may."""
    wide = x.detach().double().requires_grad_()
    expected = truth(wide, y, **options)
    upstream = torch.full_like(expected, factor)
    expected_gradient = torch.autograd.grad(expected, wide, upstream)[0]
    loss, gradient = ours(x, y, options, upstream)

    is_double = x.dtype == torch.float64
    error = (loss.double() - expected.detach()).abs().max().item()
    bound = (1e-12 if is_double else 2.0**-22) * max(1.0, expected.detach().abs().max().item())
    if not error <= bound:
        raise AssertionError(f"the loss is off by {error:.3g}, allowed {bound:.3g}")
    largest = expected_gradient.abs().max().item()
    allowed = (1e-12 if is_double else GRADIENT_PART) * largest + UNIT[x.dtype] * expected_gradient.abs() + SMALLEST.get(x.dtype, 0.0)
    error = (gradient.double() - expected_gradient).abs()
    if not (error <= allowed).all():
        raise AssertionError(f"the gradient is off by {(error - allowed).max().item():.3g} more than allowed; the largest is {largest:.3g}")


def cases(device):
    """Names, tensors and options."""
    floats = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
    integers = [torch.int64, torch.uint8, torch.int32, torch.int16, torch.int8]
    for i, channels in enumerate([2, 3, 4, 5, 8, 16, 17, 40, 105, 300]):
        for logits in floats:
            labels = next(kind for kind in integers[i % len(integers) :] + integers if holds(kind, channels))
            yield f"{channels} channels {logits} {labels}", make((2, channels, 9, 10, 11), logits, labels, device, channels), {}
    for name, channels, options in [
        ("two classes from one channel", 1, {"activation": "two_class_sigmoid"}),
        *((f"sigmoid of {channels}", channels, {"activation": "sigmoid"}) for channels in (3, 40, 300)),
        ("foreground alone", 1, {"activation": "sigmoid"}),
        ("smooth", 5, {"smooth": 0.5}),
        ("squared", 5, {"exponent": 2}),
        ("cubed", 5, {"exponent": 3}),
        ("ignored label", 5, {"ignore_label": 2}),
        ("weights", 3, {"class_weights": [0.2, 1.0, 2.5]}),
        *((f"reduction {reduction}", 4, {"reduction": reduction}) for reduction in ("none", "sum", "batch")),
    ]:
        for logits in floats:
            yield f"{name} {logits}", make((3, channels, 33, 35), logits, torch.int64, device, 7), options

    x, y = make((2, 6, 8, 9, 20), torch.float32, torch.int64, device, 1)
    yield "channels last", (x.contiguous(memory_format=torch.channels_last_3d), y), {}
    yield "cut out", (x[:, 1:4, 1:, ::2, 3:17], y[:, 1:, ::2, 3:17] % 3), {}
    yield "transposed", (x.transpose(2, 4), y.transpose(1, 3)), {}
    yield "labels of all samples alike", (x, y[:1].expand(2, -1, -1, -1)), {}
    yield "confident", (20 * torch.nn.functional.one_hot(y, 6).movedim(-1, 1).float() + x, y), {}
    yield "millions of voxels", make((1, 5, 128, 128, 128), torch.float32, torch.uint8, device, 3), {}


def same_bits(device):
    x, y = make((2, 5, 40, 41, 42), torch.float32, torch.int64, device, 5)
    first, one = ours(x, y, {}, torch.ones((), device=device)), torch.ones((), device=device)
    for _ in range(10):
        if not all(torch.equal(a, b) for a, b in zip(first, ours(x, y, {}, one))):
            raise AssertionError("two runs differ")


def invalid_label(device):
    x, y = make((2, 3, 500), torch.float32, torch.int64, device, 5)
    y[1, 77] = 3
    try:
        DiceLoss()(x, y)
    except ValueError as error:
        if "the first is 3, in sample 1 at voxel [77]" not in str(error):
            raise AssertionError(f"the message is: {error}") from error
    else:
        raise AssertionError("there was no error")


def streams(device):
    """Forward and backward on four streams at once."""
    inputs = [make((2, 3 + 7 * i, 60, 61, 20), torch.float32, torch.int64, device, i) for i in range(4)]
    one = torch.ones((), device=device)
    alone = [ours(x, y, {}, one) for x, y in inputs]
    torch.cuda.synchronize()
    all_streams = [torch.cuda.Stream() for _ in inputs]
    for _ in range(5):
        together = []
        for stream, (x, y) in zip(all_streams, inputs):
            with torch.cuda.stream(stream):
                together.append(ours(x, y, {}, one))
        torch.cuda.synchronize()
        for expected, found in zip(alone, together):
            if not all(torch.equal(a, b) for a, b in zip(expected, found)):
                raise AssertionError("a stream disturbs another")


def main():
    device, rows, share = parse("conformance", __doc__)
    passed = 0

    def hold(name, check):
        nonlocal passed

        def act():
            nonlocal passed
            check()
            passed += 1

        rows.guard(name, act)

    checks = [(name, lambda x=x, y=y, options=options: compare(x, y, options)) for name, (x, y), options in cases(device)]
    checks += [("same bits in ten runs", lambda: same_bits(device)), ("invalid label", lambda: invalid_label(device))]
    if device.type == "cuda":
        checks.append(("streams", lambda: streams(device)))
    elif share([0]):  # once
        rows.add("streams", "skipped", "the CPU has none")
    for name, check in share(checks):
        hold(name, check)
    rows.add("cases that agree with autograd in float64", "passed" if passed else "failed", cases=passed)


if __name__ == "__main__":
    main()
