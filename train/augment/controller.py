"""How strong augmentation is: fixed, or steered by how sure D is of reals (2006.06676, 2.3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class AugmentController:
    """r = mean sign(D(real)); p rises while r is above the target and falls while below.

    p += sign(r - target) * (pictures since the last adjustment) / (ada_kimg * 1000), p >= 0

    p has no upper bound, as published; the run warns when it runs away.

    p:        strength now.
    adaptive: False = p stays.
    target:   of r.
    interval: steps between adjustments.
    ada_kimg: thousands of pictures that take p from 0 to 1.
    sign_sum, sign_count: of the logits since the last adjustment, over all processes.
    """

    p: float = 0.0
    adaptive: bool = True
    target: float = 0.6
    interval: int = 4
    ada_kimg: float = 500.0
    sign_sum: float = 0.0
    sign_count: float = 0.0

    def observe(self, sign_sum: float, count: float) -> None:
        """Add the signs of D's logits for one batch of reals."""
        self.sign_sum += sign_sum
        self.sign_count += count

    @property
    def r(self) -> float:
        """Mean sign since the last adjustment; 0 before any."""
        return self.sign_sum / self.sign_count if self.sign_count else 0.0

    def step_done(self, step: int, batch: int) -> None:
        """Adjust p after every interval-th step (steps count from 0)."""
        if (step + 1) % self.interval:
            return
        if self.adaptive and self.sign_count:
            difference = self.r - self.target
            sign = (difference > 0) - (difference < 0)
            self.p = max(self.p + sign * batch * self.interval / (self.ada_kimg * 1000), 0.0)
        self.sign_sum = self.sign_count = 0.0

    def to_json(self) -> dict[str, float]:
        """Return what a checkpoint keeps."""
        return {"p": self.p, "sign_sum": self.sign_sum, "sign_count": self.sign_count}

    def from_json(self, data: dict[str, float]) -> None:
        """Take what to_json returned."""
        self.p, self.sign_sum, self.sign_count = data["p"], data["sign_sum"], data["sign_count"]
