"""The four operators the networks are built from, and what they run on.

bias_act, upfirdn2d, filtered_lrelu and modulated_conv2d have one public function each;
cuda_ops.reference and reference_conv hold them in plain PyTorch. conv2d is PyTorch's, with kernels
of ours where they are faster. This is the bottom layer: it imports nothing else of this project.
"""

from cuda_ops.bias_act import ACTIVATIONS, Activation, bias_act
from cuda_ops.conv2d import conv2d
from cuda_ops.filtered_lrelu import filtered_lrelu
from cuda_ops.modulated_conv2d import modulated_conv2d
from cuda_ops.status import OpStatus, Status, status
from cuda_ops.upfirdn2d import upfirdn2d

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "OpStatus",
    "Status",
    "bias_act",
    "conv2d",
    "filtered_lrelu",
    "modulated_conv2d",
    "status",
    "upfirdn2d",
]
