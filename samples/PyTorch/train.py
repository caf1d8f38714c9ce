"""Trains a small network to find disks and squares in noise, for a few steps: python3 train.py"""

import torch

from dice_loss import DiceLoss

SIZE, CLASSES = 64, 3
torch.manual_seed(1)
device = "cuda" if torch.cuda.is_available() else "cpu"


def batch(samples):
    """Images of a disk and a square, and labels: 0 for nothing, 1 for the disk, 2 for the square, 255 on the border, which does not count."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    labels = torch.zeros(samples, SIZE, SIZE, dtype=torch.int64)
    for n in range(samples):
        (disk_x, disk_y), (square_x, square_y) = torch.randint(12, SIZE // 2, (2,)), torch.randint(SIZE // 2, SIZE - 12, (2,))
        labels[n][(x - disk_x) ** 2 + (y - disk_y) ** 2 < 81] = 1
        labels[n][((x - square_x).abs() < 8) & ((y - square_y).abs() < 8)] = 2
    images = (labels > 0).float().unsqueeze(1) + torch.randn(samples, 1, SIZE, SIZE) / 2
    labels[:, :2] = labels[:, -2:] = labels[:, :, :2] = labels[:, :, -2:] = 255
    return images.to(device), labels.to(device)


def convolution(channels_in, channels_out):
    return torch.nn.Sequential(torch.nn.Conv2d(channels_in, channels_out, 5, padding=4, dilation=2), torch.nn.ReLU())


network = torch.nn.Sequential(convolution(1, 16), convolution(16, 16), convolution(16, 16), torch.nn.Conv2d(16, CLASSES, 1))
network = network.to(device, memory_format=torch.channels_last)  # the loss reads that layout in place
criterion = DiceLoss(ignore_label=255, reduction="batch", cross_entropy={})
optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
for step in range(1, 61):
    images, labels = batch(8)
    optimizer.zero_grad()
    loss = criterion(network(images.contiguous(memory_format=torch.channels_last)), labels)
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(f"step {step:3}  loss {loss.item():.4f}")
