"""The Dice loss in tensor operations: the truth in float64, and the rivals as they are usually written."""

import torch
import torch.nn.functional as functional


def _space(tensor):
    return list(range(2, tensor.dim()))


def one_hot(logits, labels):
    """Softmax, one-hot mask, product, sums."""
    p = torch.softmax(logits, 1)
    t = functional.one_hot(labels.long(), logits.shape[1]).movedim(-1, 1).to(p.dtype)
    score = 2 * (p * t).sum(_space(p)) / (p.sum(_space(p)) + t.sum(_space(p)))
    return (1 - score).mean()


def gather(logits, labels):
    """No mask: the probability of the label is gathered and added to its class."""
    p = torch.softmax(logits, 1).flatten(2)
    index = labels.long().flatten(1)
    of_label = p.gather(1, index.unsqueeze(1)).squeeze(1)
    none = torch.zeros(p.shape[:2], dtype=p.dtype, device=p.device)
    intersection = none.scatter_add(1, index, of_label)
    mass = p.sum(2) + none.scatter_add(1, index, torch.ones_like(of_label))
    return (1 - 2 * intersection / mass).mean()


def monai(logits, labels):
    """MONAI's DiceLoss(to_onehot_y=True, softmax=True, smooth_nr=0, smooth_dr=0), by its definition."""
    p = torch.softmax(logits, 1)
    t = torch.zeros_like(p).scatter_(1, labels.long().unsqueeze(1), 1.0)
    intersection = (t * p).sum(_space(p))
    denominator = t.sum(_space(p)) + p.sum(_space(p))
    return (1 - 2 * intersection / denominator).mean()


def truth(logits, labels, activation="softmax", smooth=0.0, exponent=1, ignore_label=-1, class_weights=None, reduction="mean"):
    """Every option that is compared, spelled out; in the type of the logits, which is to be float64."""
    channels = logits.shape[1]
    labels = labels.long()
    counts = (labels != ignore_label).unsqueeze(1)
    if activation == "two_class_sigmoid":
        p = torch.cat([torch.sigmoid(-logits), torch.sigmoid(logits)], 1)
    else:
        p = torch.softmax(logits, 1) if activation == "softmax" else torch.sigmoid(logits)
    classes = p.shape[1]
    t = functional.one_hot(torch.where(counts.squeeze(1), labels, torch.zeros_like(labels)), max(classes, 2)).movedim(-1, 1)
    t = t[:, 1:] if channels == 1 and classes == 1 else t
    p, t = torch.where(counts, p, torch.zeros_like(p)), torch.where(counts, t.to(p.dtype), torch.zeros_like(p))
    if reduction == "batch":
        p, t = p.transpose(0, 1).flatten(1).unsqueeze(0), t.transpose(0, 1).flatten(1).unsqueeze(0)
    space = _space(p)
    denominator = (p**exponent).sum(space) + t.sum(space) + smooth
    safe = torch.where(denominator == 0, torch.ones_like(denominator), denominator)
    loss = torch.where(denominator == 0, torch.zeros_like(safe), 1 - (2 * (p * t).sum(space) + smooth) / safe)
    loss = loss.mean(1) if class_weights is None else (loss * torch.tensor(class_weights, dtype=p.dtype, device=p.device)).sum(1)
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean(), "batch": loss.sum()}[reduction]
