"""Checks dice_loss.py against the same loss in torch operations and torch's own gradient, in float64: python3 check.py

On CUDA, where there is a device, everything again.
"""

import copy
import tempfile
import threading
import unittest

import torch
import torch.nn.functional as F

from dice_loss import DiceLoss

# How far a gradient may be off, as a part of the largest: what docs/numerics.md promises, and the rounding to 16 bits.
BOUNDS = {torch.float64: 1e-12, torch.float32: 2e-6, torch.float16: 2e-6 + 2**-11, torch.bfloat16: 2e-6 + 2**-8}


def plain_dice(logits, maps, smooth=0.0, weights=1.0, activation="softmax"):
    """The Dice loss per sample and class, from its definition."""
    p = logits.softmax(1) if activation == "softmax" else logits.sigmoid()
    space = tuple(range(2, logits.dim()))
    both = (weights * p * maps).sum(space)
    return 1 - (2 * both + smooth) / ((weights * p).sum(space) + (weights * maps).sum(space) + smooth)


def one_hot(labels, classes):
    return F.one_hot(labels.long().clamp(0, classes - 1), classes).movedim(-1, 1)


class Checks:
    device = None

    def setUp(self):
        torch.manual_seed(1)

    def logits(self, *shape, dtype=torch.float64):
        return (torch.randn(*shape, device=self.device, dtype=torch.float64) * 2).to(dtype)

    def labels(self, *shape, classes=3, dtype=torch.int64):
        return torch.randint(0, classes, shape, device=self.device).to(dtype)

    def compare(self, loss, plain, logits, dtype=torch.float64):
        """loss(x) as ours and plain(x) in float64 have the same values, and the same gradient for the same factors."""
        x = logits.detach().requires_grad_()
        truth = logits.detach().double().requires_grad_()
        ours, theirs = loss(x), plain(truth)
        self.assertEqual(ours.dtype, torch.float64 if dtype == torch.float64 else torch.float32)
        self.assertEqual(ours.shape, theirs.shape)
        factors = torch.rand_like(theirs) + 0.5
        (gradient,) = torch.autograd.grad(ours, x, factors.to(ours.dtype))
        (expected,) = torch.autograd.grad(theirs, truth, factors)
        self.assertEqual((gradient.dtype, gradient.shape), (x.dtype, x.shape))
        self.assertLess((ours - theirs).abs().max().item(), 1e-12 if dtype == torch.float64 else 2**-22)
        self.assertLess((gradient - expected).abs().max().item(), BOUNDS[dtype] * expected.abs().max().item())
        self.assertGreater(expected.abs().max().item(), 0)

    def test_types(self):
        for dtype in BOUNDS:
            for labels in (torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64):
                with self.subTest(logits=dtype, labels=labels):
                    y = self.labels(2, 7, 9, dtype=labels)
                    x = self.logits(2, 3, 7, 9, dtype=dtype)
                    self.compare(lambda x: DiceLoss()(x, y), lambda x: plain_dice(x, one_hot(y, 3)).mean(), x, dtype)

    def test_layouts(self):
        y = self.labels(2, 7, 9)
        layouts = {
            "channels last": self.logits(2, 3, 7, 9).contiguous(memory_format=torch.channels_last),
            "permuted": self.logits(9, 2, 7, 3).permute(1, 3, 2, 0),
            "sliced": self.logits(3, 4, 9, 20)[1:, 1:, 1:8, 1:19:2],
            "expanded": self.logits(1, 3, 7, 9).expand(2, 3, 7, 9),
        }
        for name, x in layouts.items():
            with self.subTest(name):
                self.assertTrue(name == "permuted" or not x.is_contiguous())
                self.compare(lambda x: DiceLoss(smooth=1)(x, y), lambda x: plain_dice(x, one_hot(y, 3), 1).mean(), x)
        transposed = self.labels(9, 7, 2).permute(2, 1, 0)
        self.compare(lambda x: DiceLoss()(x, transposed), lambda x: plain_dice(x, one_hot(transposed, 3)).mean(), self.logits(2, 3, 7, 9))

    def test_reductions(self):
        x, y = self.logits(2, 3, 5, 5), self.labels(2, 5, 5)
        plain = {
            "mean": lambda x: plain_dice(x, one_hot(y, 3)).mean(),
            "sum": lambda x: plain_dice(x, one_hot(y, 3)).mean(1).sum(),
            "none": lambda x: plain_dice(x, one_hot(y, 3)).mean(1),
            "per_class": lambda x: plain_dice(x, one_hot(y, 3)),
            "batch": lambda x: plain_dice(x.movedim(0, 1).flatten(1)[None], one_hot(y, 3).movedim(0, 1).flatten(1)[None]).mean(),
        }
        for reduction, loss in plain.items():
            with self.subTest(reduction):
                self.compare(lambda x: DiceLoss(reduction=reduction)(x, y), loss, x)

    def test_no_samples(self):
        for channels, options, shape in ((3, {}, (0, 3)), (1, {}, (0, 2)), (1, {"activation": "sigmoid"}, (0, 1))):
            with self.subTest(channels, **options):
                x, y = self.logits(0, channels, 5), self.labels(0, 5)
                self.assertEqual(DiceLoss(reduction="per_class", **options)(x, y).shape, shape)
                self.assertEqual(DiceLoss(reduction="none", **options)(x, y).shape, (0,))

    def test_class_weights_in_a_tensor(self):
        x, y = self.logits(2, 3, 8), self.labels(2, 8)
        weights = torch.tensor([1.0, 2, 0.5], device=self.device)
        for ours, same in (
            (DiceLoss(class_weights=weights), DiceLoss(class_weights=[1, 2, 0.5])),
            (DiceLoss(cross_entropy={"class_weights": weights}), DiceLoss(cross_entropy={"class_weights": [1, 2, 0.5]})),
        ):
            self.assertTrue(torch.equal(copy.deepcopy(ours)(x, y), same(x, y)))

    def test_two_classes_from_one_channel(self):
        x, y = self.logits(2, 1, 50), self.labels(2, 50, classes=2)
        self.compare(lambda x: DiceLoss()(x, y), lambda x: plain_dice(torch.cat([torch.zeros_like(x), x], 1), one_hot(y, 2)).mean(), x)

    def test_ignored_label(self):
        x, y = self.logits(2, 3, 50), self.labels(2, 50)
        y[:, ::4] = 255
        counts = (y != 255)[:, None]
        self.compare(lambda x: DiceLoss(ignore_label=255)(x, y), lambda x: plain_dice(x, one_hot(y, 3), weights=counts).mean(), x)

    def test_masks_weights_and_what_is_annotated(self):
        x, weights = self.logits(2, 3, 6, 7), torch.rand(1, 6, 7, device=self.device)
        annotated = torch.tensor([[True, True, False], [True, True, True]], device=self.device)
        for maps in (self.labels(2, 3, 6, 7, classes=2).bool(), torch.rand(2, 3, 6, 7, device=self.device)):
            with self.subTest(maps.dtype):
                criterion = DiceLoss(activation="sigmoid", smooth=1, reduction="per_class")
                self.compare(
                    lambda x: criterion(x, maps, weights, annotated),
                    lambda x: plain_dice(x, maps.double(), 1, weights.double(), "sigmoid") * annotated,
                    x,
                )

    def test_cross_entropy(self):
        x, y = self.logits(2, 3, 6, 7), self.labels(2, 6, 7)
        criterion = DiceLoss(cross_entropy={"weight": 0.5, "label_smoothing": 0.1, "class_weights": [1, 2, 3]})
        weight = torch.tensor([1.0, 2, 3], dtype=torch.float64, device=self.device)
        self.compare(
            lambda x: criterion(x, y),
            lambda x: plain_dice(x, one_hot(y, 3)).mean() + 0.5 * F.cross_entropy(x, y, weight, label_smoothing=0.1),
            x,
        )

    def test_gradcheck(self):
        x, y = self.logits(2, 3, 4, 3).requires_grad_(), self.labels(2, 4, 3)
        for options in ({}, {"overlap": {"tversky": {"alpha": 0.3, "beta": 0.7}}, "focal": {}}, {"form": "log_cosh", "overlap": "jaccard"}):
            with self.subTest(options):
                self.assertTrue(torch.autograd.gradcheck(lambda x: DiceLoss(**options)(x, y), x))

    def test_backward_twice_accumulates(self):
        x, y = self.logits(2, 3, 8).requires_grad_(), self.labels(2, 8)
        loss = DiceLoss()(x, y)
        loss.backward(retain_graph=True)
        once = x.grad.clone()
        loss.backward()
        self.assertTrue(torch.equal(x.grad, 2 * once))

    def test_gradient_with_loss(self):
        x, y = self.logits(2, 3, 8, dtype=torch.float32).requires_grad_(), self.labels(2, 8)
        early = DiceLoss(gradient_with_loss=True)
        for factor in (1, 1, 3, 3, 0.5):
            with self.subTest(factor):
                loss = early(x, y)
                expected = torch.autograd.grad(DiceLoss()(x, y) * factor, x)[0]
                first = torch.autograd.grad(loss * factor, x, retain_graph=True)[0]
                self.assertTrue(torch.equal(first, expected))
                first.zero_()  # it is the caller's
                self.assertTrue(torch.equal(torch.autograd.grad(loss * factor, x)[0], expected))
        one, two = early(x, y), early(x, y)  # both for the factor before
        self.assertTrue(torch.equal(torch.autograd.grad(one, x)[0], torch.autograd.grad(two, x)[0]))
        per_sample = DiceLoss(gradient_with_loss=True, reduction="none")
        self.assertTrue(torch.equal(*(torch.autograd.grad(loss(x, y) @ loss(x, y).new_tensor([1, 2]), x)[0] for loss in (per_sample, DiceLoss(reduction="none")))))
        with torch.no_grad():
            self.assertEqual(early(x, y).item(), DiceLoss()(x, y).item())

    def test_changed_in_place_is_noticed(self):
        x, y = self.logits(2, 3, 8), self.labels(2, 8)
        loss = DiceLoss()(x.requires_grad_(), y)
        y += 1
        with self.assertRaisesRegex(RuntimeError, "modified by an inplace operation"):
            loss.backward()

    def test_mistakes(self):
        x, y = self.logits(2, 3, 8), self.labels(2, 8)
        wrong = y.clone()
        wrong[1, 5] = 7
        mistakes = {
            'The option "smoth" is unknown': lambda: DiceLoss(smoth=1),
            'The option "smooth": Smooth is -1': lambda: DiceLoss(smooth=-1),
            "an option is .* a set; options are numbers": lambda: DiceLoss(class_weights={1, 2, 3}),
            "ClassWeights has 2 weights for 3 classes": lambda: DiceLoss(class_weights=[1, 2])(x, y),
            r"targets: The targets have shape \[2, 7\]": lambda: DiceLoss()(x, y[:, :7]),
            r"the first is 7, in sample 1 at voxel \[5\]": lambda: DiceLoss()(x, wrong),
            "logits: The logits hold Int64": lambda: DiceLoss()(y[:, None], y),
            "logits: a torch.strided tensor of torch.complex128": lambda: DiceLoss()(x + 1j, y),
            "targets: a torch.sparse_coo tensor": lambda: DiceLoss()(x, y.to_sparse()),
            "logits: .* on meta": lambda: DiceLoss()(x.to("meta"), y),
            r"annotated: It has shape \[3, 2\]": lambda: DiceLoss()(x, y, None, torch.ones(3, 2, dtype=torch.bool)),
            "group is None": lambda: DiceLoss(reduction="batch", group=None),
            'one loss together if the reduction is "batch"': lambda: DiceLoss(group=object()),
            "pass them detached": lambda: DiceLoss()(x, x.softmax(1).requires_grad_()),
            "hard_prediction is counted for metrics": lambda: DiceLoss(hard_prediction="argmax"),
            "not JSON compliant": lambda: DiceLoss(smooth=float("inf")),
            "The labels are of type bool, which tells two classes apart": lambda: DiceLoss()(x, y > 0),
        }
        for message, call in mistakes.items():
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                call()

    def test_second_derivatives_are_refused(self):
        x, y = self.logits(2, 3, 8).requires_grad_(), self.labels(2, 8)
        with self.assertRaisesRegex(NotImplementedError, "without create_graph"):
            torch.autograd.grad(DiceLoss()(x, y), x, create_graph=True)

    def test_copies_of_a_module(self):
        x, y = self.logits(2, 3, 8), self.labels(2, 8)
        criterion = DiceLoss(smooth=1)
        copied = copy.deepcopy(criterion)
        expected = criterion(x, y)
        del criterion
        self.assertTrue(torch.equal(copied(x, y), expected))
        of_a_group = DiceLoss(reduction="batch", group=threading.Lock())  # which has no copy, as a group has none
        self.assertIs(copy.deepcopy(of_a_group).group, of_a_group.group)

    def test_threads(self):
        x, y = self.logits(2, 3, 5000, dtype=torch.float32), self.labels(2, 5000)
        criterion, gradients = DiceLoss(), [None] * 6

        def work(i):
            mine = x.clone().requires_grad_()
            for _ in range(20):
                mine.grad = None
                criterion(mine, y).backward()
            gradients[i] = mine.grad

        threads = [threading.Thread(target=work, args=(i,)) for i in range(len(gradients))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for gradient in gradients:
            self.assertTrue(torch.equal(gradient, gradients[0]))


class CpuChecks(Checks, unittest.TestCase):
    device = "cpu"


@unittest.skipUnless(torch.cuda.is_available(), "torch finds no CUDA device")
class CudaChecks(Checks, unittest.TestCase):
    device = "cuda"

    def test_current_stream(self):
        y = self.labels(2, 100000)
        for _ in range(20):
            with torch.cuda.stream(torch.cuda.Stream()):
                torch.cuda._sleep(10_000_000)  # the logits are written only after a while
                x = self.logits(2, 3, 100000)
                self.compare(lambda x: DiceLoss()(x, y), lambda x: plain_dice(x, one_hot(y, 3)).mean(), x)


def check_process(rank, sizes, store):
    """One of several processes with parts of a batch gets the loss of the whole, and its share of the gradient for those who average."""
    torch.distributed.init_process_group("gloo", store, rank=rank, world_size=len(sizes))
    torch.manual_seed(1)
    x, y = torch.randn(sum(sizes), 3, 40, dtype=torch.float64), torch.randint(0, 3, (sum(sizes), 40))
    whole, own = x.clone().requires_grad_(), slice(sum(sizes[:rank]), sum(sizes[: rank + 1]))
    part = x[own].clone().requires_grad_()
    expected = DiceLoss(reduction="batch", cross_entropy={})(whole, y)
    loss = DiceLoss(reduction="batch", cross_entropy={}, group=torch.distributed.group.WORLD)(part, y[own])
    expected.backward()
    loss.backward()
    torch.testing.assert_close(loss, expected, rtol=1e-14, atol=0)
    torch.testing.assert_close(part.grad, len(sizes) * whole.grad[own], rtol=1e-12, atol=1e-16)


class GroupChecks(unittest.TestCase):
    def test_batches_of_all_processes_are_one(self):
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(check_process, ((1, 3, 0), f"file://{folder}/store"), 3)


if __name__ == "__main__":
    unittest.main()
