"""What looks wrong in a training's numbers, in sentences; no torch."""

from __future__ import annotations

from collections.abc import Mapping

SIGNS = "Loss/signs/real"
DIVERSITY = "Sheet/diversity"
REAL_DIVERSITY = "Sheet/diversity/real"
WAIT = "Timing/waiting_share"
AUGMENT_P = "Progress/augment_p"

OVERFIT_SIGN = 0.9
RUNAWAY_P = 0.85
COLLAPSED = 0.2
COLLAPSE_FROM_KIMG = 10.0
STALLED = 0.5


def warnings_of(values: Mapping[str, float], *, kimg: float, adaptive: bool) -> tuple[str, ...]:
    """Judge the means of one tick.

    Args:
        values:   name -> mean; what is missing is not judged.
        kimg:     of the run so far.
        adaptive: whether augmentation follows D's certainty.
    """
    found = []
    sign = values.get(SIGNS)
    if sign is not None and sign > OVERFIT_SIGN:
        cure = "more pictures or stronger augmentation" if adaptive else "--augment ada"
        found.append(
            f"The discriminator is sure about {(1 + sign) / 2:.0%} of the real pictures: it learns "
            f"them by heart; {cure} or a larger gamma helps."
        )
    p = values.get(AUGMENT_P)
    if adaptive and p is not None and p > RUNAWAY_P:
        found.append(
            f"Augmentation has reached p = {p:.2f}: its traces may show in the pictures; "
            "there is too little data, or gamma is too small."
        )
    ours, reals = values.get(DIVERSITY), values.get(REAL_DIVERSITY)
    if ours is not None and reals and kimg >= COLLAPSE_FROM_KIMG and ours < COLLAPSED * reals:
        found.append(
            f"The sample pictures differ only {ours / reals:.0%} as much as real ones: the "
            "generator may have collapsed; go back to an earlier checkpoint with a larger gamma."
        )
    waiting = values.get(WAIT)
    if waiting is not None and waiting > STALLED:
        found.append(
            f"{waiting:.0%} of the time goes into waiting for pictures; more workers or a faster "
            "disk helps."
        )
    return tuple(found)
