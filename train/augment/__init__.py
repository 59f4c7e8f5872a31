"""Discriminator augmentation (StyleGAN2-ADA, arXiv 2006.06676, section 2 and appendix B)."""

from train.augment.controller import AugmentController
from train.augment.pipeline import AugmentPipe

__all__ = ["AugmentController", "AugmentPipe"]
