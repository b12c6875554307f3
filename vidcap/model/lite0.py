"""EfficientNet-Lite0 in plain layers, so that captioning with the packaged model needs neither torchvision nor timm.

Architecture: Tan and Le, "EfficientNet" (ICML 2019); the Lite variant has ReLU6, no squeeze-and-excitation and a fixed
stem and head. Padding is TensorFlow's "SAME" (more on the right and bottom), as the published weights were trained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the name everybody knows)

from vidcap.model.shapes import FEATURES, LAST, STAGES, STEM

_BN_EPS = 1e-3


class SameConv(nn.Conv2d):
    """Convolution padded so that the output has ``ceil(size / stride)`` cells, an odd pixel on the right and bottom."""

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        kernel, stride = self.kernel_size[0], self.stride[0]
        if stride == 1:
            return F.conv2d(x, self.weight, self.bias, 1, kernel // 2, 1, self.groups)
        down, right = (max((-(-size // stride) - 1) * stride + kernel - size, 0) for size in x.shape[-2:])
        x = F.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
        return F.conv2d(x, self.weight, self.bias, stride, 0, 1, self.groups)


def _conv_bn(c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    conv = SameConv(c_in, c_out, kernel, stride, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(c_out, eps=_BN_EPS)]


class InvertedResidual(nn.Module):
    """Expand, filter each channel in space, project; with a shortcut where the shape stays."""

    def __init__(self, c_in: int, c_out: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = c_in * expansion
        layers: list[nn.Module] = []
        if expansion > 1:
            layers += [*_conv_bn(c_in, wide, 1), nn.ReLU6()]
        layers += [*_conv_bn(wide, wide, kernel, stride, groups=wide), nn.ReLU6(), *_conv_bn(wide, c_out, 1)]
        self.layers = nn.Sequential(*layers)
        self.shortcut = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:  # noqa: D102
        y: Tensor = self.layers(x)
        return x + y if self.shortcut else y


def _blocks() -> Iterator[nn.Module]:
    c_in = STEM
    for expansion, kernel, stride, c_out, repeats in STAGES:
        for repeat in range(repeats):
            yield InvertedResidual(c_in, c_out, expansion, kernel, stride if repeat == 0 else 1)
            c_in = c_out


class Lite0(nn.Module):
    """Pictures ``(N, 3, H, W)``, normalised to [-1, 1], to a grid of features ``(N, 1280, H/32, W/32)``."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*_conv_bn(3, STEM, 3, 2), nn.ReLU6())
        self.blocks = nn.Sequential(*_blocks())
        self.head = nn.Sequential(*_conv_bn(LAST, FEATURES, 1), nn.ReLU6())

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the grid of the last layer."""
        grid: Tensor = self.head(self.blocks(self.stem(pictures)))
        return grid

    def pooled(self, grid: Tensor) -> Tensor:
        """Return what the ImageNet classifier looks at, ``(N, 1280)``."""
        return grid.mean((2, 3))


def load_published(model: Lite0, classifier: nn.Linear, tensors: Mapping[str, Tensor]) -> None:
    """Fill ``model`` and its ImageNet ``classifier`` from the published weights, whose tensors come in our order."""
    published = [value for name, value in tensors.items() if not name.endswith("num_batches_tracked")]
    ours = [
        value
        for part in (model, classifier)
        for name, value in part.state_dict().items()
        if not name.endswith("num_batches_tracked")
    ]
    if [tuple(t.shape) for t in published] != [tuple(t.shape) for t in ours]:
        raise ValueError("these are not the weights of EfficientNet-Lite0")
    with torch.no_grad():
        for target, value in zip(ours, published, strict=True):
            target.copy_(value)


def fold_batch_norm(module: nn.Module) -> nn.Module:
    """Merge each batch norm into the convolution before it, in place, for inference; returns ``module``."""
    for part in module.modules():
        if isinstance(part, nn.Sequential):
            _fold_sequence(part)
    return module.eval()


def _fold_sequence(layers: nn.Sequential) -> None:
    for i in range(len(layers) - 1):
        conv, norm = layers[i], layers[i + 1]
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            assert norm.running_mean is not None
            assert norm.running_var is not None
            with torch.no_grad():
                scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
                conv.weight.mul_(scale[:, None, None, None])
                conv.bias = nn.Parameter(norm.bias - norm.running_mean * scale, requires_grad=False)
            layers[i + 1] = nn.Identity()
