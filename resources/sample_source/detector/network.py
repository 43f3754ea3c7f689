"""The detector: a small fully convolutional network: every four pixels, what is centred here and how far its sides are."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4
COARSEST = 32


def _unit(inside: int, outside: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Two convolutions around a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(_unit(width, width), nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return the refined map."""
        return functional.relu(x + self.body(x))


class Detector(nn.Module):
    """Encoder to 1/32, decoder back to 1/4, two heads: class heat (N, C, h, w) and side distances (N, 4, h, w) in pixels."""

    def __init__(self, n_classes: int, widths: tuple[int, ...] = (16, 32, 64, 96, 128), neck: int = 32) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.stem = _unit(3, a, 2)
        self.quarter = nn.Sequential(_unit(a, b, 2), Residual(b))
        self.eighth = nn.Sequential(_unit(b, c, 2), Residual(c))
        self.sixteenth = nn.Sequential(_unit(c, d, 2), Residual(d), Residual(d))
        self.coarse = nn.Sequential(_unit(d, e, 2), Residual(e), Residual(e))
        self.lateral = nn.ModuleList([nn.Conv2d(k, neck, 1) for k in (b, c, d, e)])
        self.smooth = nn.ModuleList([_unit(neck, neck) for _ in range(3)])
        self.head = _unit(neck, 2 * neck)
        self.heat, self.sides = nn.Conv2d(2 * neck, n_classes, 1), nn.Conv2d(2 * neck, 4, 1)
        nn.init.constant_(self.heat.bias, -4.0)
        nn.init.constant_(self.sides.bias, 2.5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return heat logits and side distances of pictures (N, 3, H, W), H and W multiples of 32."""
        quarter = self.quarter(self.stem(x))
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        up = self.lateral[3](self.coarse(sixteenth))
        for lateral, smooth, here in zip(
            reversed(list(self.lateral)[:3]), self.smooth, (sixteenth, eighth, quarter), strict=True
        ):
            up = smooth(functional.interpolate(up, scale_factor=2.0, mode="nearest") + lateral(here))
        up = self.head(up)
        return self.heat(up), torch.exp(self.sides(up).clamp(-2.0, 6.7))


def boxes_at(sides: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Turn side distances (K, 4: left, top, right, bottom) at cells into xyxy boxes (K, 4) in pixels."""
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    return torch.stack([x - sides[:, 0], y - sides[:, 1], x + sides[:, 2], y + sides[:, 3]], dim=1)


def overlap_loss(found: Tensor, true: Tensor) -> Tensor:
    """Return 1 − GIoU of paired xyxy boxes, (K,)."""
    low, high = torch.maximum(found[:, :2], true[:, :2]), torch.minimum(found[:, 2:], true[:, 2:])
    inside = (high - low).clamp(min=0).prod(1)
    union = (found[:, 2:] - found[:, :2]).prod(1) + (true[:, 2:] - true[:, :2]).prod(1) - inside
    around = (torch.maximum(found[:, 2:], true[:, 2:]) - torch.minimum(found[:, :2], true[:, :2])).prod(1)
    return 1 - inside / union.clamp(min=1e-6) + (around - union) / around.clamp(min=1e-6)


def size_loss(found: Tensor, true: Tensor) -> Tensor:
    """Return how far the logarithms of width and height of paired xyxy boxes are apart, (K,)."""
    sizes = (found[:, 2:] - found[:, :2]).clamp(min=1.0).log() - (true[:, 2:] - true[:, :2]).clamp(min=1.0).log()
    return sizes.abs().sum(1)


def heat_loss(logits: Tensor, target: Tensor, hit: Tensor) -> Tensor:
    """Return the focal loss of CenterNet (Zhou et al. 2019, eq. 1), summed per picture, (N,).

    ``hit`` weighs the cells that count as centres (several per object, their weights adding up to about one), ``target`` is
    soft heat that spares the cells around them.
    """
    p = torch.sigmoid(logits).clamp(1e-5, 1 - 1e-5)
    loss = hit * (1 - p) ** 2 * -torch.log(p) + (1 - target) ** 4 * p**2 * -torch.log(1 - p)
    return loss.sum((1, 2, 3))
