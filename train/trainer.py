"""One step of training: four phases over a batch, each with its own latents and optimiser step.

    Gmain   softplus(-D(G(z)))                                         every step
    Greg    path length, StyleGAN2 only                                every pl_interval-th
    Dmain   softplus(D(G(z))) + softplus(-D(x)); averages follow       every step
    Dreg    R1, differentiated through blur and augmentation           every r1_interval-th

A phase is computed shard by shard; each shard adds its part of the gradient of the whole batch.
All state that a step changes is in Trainer; everything random is drawn from Draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from networks.steps import Inputs
from train import losses
from train.augment import AugmentController, AugmentPipe
from train.averages import has_magnitudes, synthesis_with_magnitudes, update_w_avg
from train.blur import blur, blur_sigma
from train.build import Networks
from train.checks import pipe
from train.config import TrainConfig
from train.distributed import Ranks, shard_samples
from train.ema import ema_beta, update_ema
from train.optimiser import clean_gradients, make_adam
from train.random import Draws
from train.statistics import Statistics


class Shard:
    """Some samples of a batch: their global indices, and the real pictures that go with them.

    indices: global sample index of each.
    reals:   [n, C, H, W], about [-1, 1].
    real_c:  labels of the reals, [n, c_dim]; None = unconditional.
    """

    def __init__(self, indices: Sequence[int], reals: Tensor, real_c: Tensor | None) -> None:
        self.indices, self.reals, self.real_c = indices, reals, real_c


class Trainer:
    """Networks, optimisers and everything else a step changes.

    Args:
        config:   resolved and checked.
        networks: as train.build makes them.
        labels:   [count, c_dim], those of the data set, from which made pictures take theirs;
                  None = unconditional.
        ranks:    this process among all.
    """

    cur_nimg: int  # pictures D has been shown; the only counter

    def __init__(
        self, config: TrainConfig, networks: Networks, labels: np.ndarray | None, ranks: Ranks
    ) -> None:
        assert config.batch is not None
        assert config.batch_gpu is not None
        self.config, self.networks, self.ranks = config, networks, ranks
        self.batch: int = config.batch
        self.rounds = config.batch // (config.batch_gpu * ranks.world)
        self.shards = self.rounds * ranks.world
        self.device = next(networks.generator.parameters()).device
        self.dtype = next(networks.generator.parameters()).dtype
        self.labels = labels
        self.draws = Draws(config.seed)
        self.augment = AugmentPipe(self.draws, pipe(config.augment_pipe))
        self.cur_nimg = 0
        self.pl_mean = torch.zeros([], dtype=self.dtype, device=self.device)
        self.controller = AugmentController(
            p=config.augment_p if config.augment == "fixed" else 0.0,
            adaptive=config.augment == "ada",
            target=config.ada_target,
            interval=config.ada_interval,
            ada_kimg=_real(config.ada_kimg),
        )
        self.regularises_paths = _real(config.pl_weight) > 0
        adam = (config.beta1, config.beta2, config.eps)
        self.g_adam = make_adam(
            networks.generator,
            _real(config.g_lr),
            *adam,
            config.pl_interval if self.regularises_paths else None,
        )
        self.d_adam = make_adam(
            networks.discriminator, _real(config.d_lr), *adam, config.r1_interval
        )
        self.statistics = Statistics(self.device)

    @property
    def step_index(self) -> int:
        """Steps done."""
        return self.cur_nimg // self.batch

    def my_indices(self) -> list[list[int]]:
        """Return the global sample indices of this process's shards of the next step."""
        start = self.cur_nimg
        return [
            [start + n for n in shard_samples(self.batch, self.shards, a * self.ranks.world + r)]
            for a in range(self.rounds)
            for r in (self.ranks.rank,)
        ]

    def step(self, shards: Sequence[Shard]) -> None:
        """Train on one batch; `shards` are those of my_indices."""
        index, config = self.step_index, self.config
        self.generator_phase(shards)
        if self.regularises_paths and index % config.pl_interval == 0:
            self.path_phase(shards)
        self.discriminator_phase(shards)
        if _real(config.gamma) > 0 and index % config.r1_interval == 0:
            self.r1_phase(shards)
        self.update_average()
        self.controller.step_done(index, self.batch)
        self.cur_nimg += self.batch

    def generator_phase(self, shards: Sequence[Shard]) -> None:
        """Gmain."""

        def body(shard: Shard) -> Tensor:
            ws, c = self.latents("Gmain", shard.indices)
            logits = self.judge(self.synthesis("Gmain", ws, shard.indices), c, "Gmain", shard)
            loss = losses.generator_loss(logits)
            self.statistics.add("Loss/G/loss", loss)
            self.statistics.add("Loss/scores/fake", logits)
            return loss.sum() / self.batch

        self._phase(self.networks.generator, self.g_adam, shards, body)

    def path_phase(self, shards: Sequence[Shard]) -> None:
        """Greg: two passes if there are several rounds, since all lengths make the mean."""
        config = self.config

        def lengths(shard: Shard, create_graph: bool) -> Tensor:
            indices = shard.indices[: max(len(shard.indices) // config.pl_batch_shrink, 1)]
            ws, _ = self.latents("Greg", indices)
            img = self.synthesis("Greg", ws, indices)
            noise = self._tensor(self.draws.normal("Greg y", indices, img.shape[1:]))
            return losses.path_lengths(img, ws, noise, create_graph=create_graph)

        total = torch.zeros([2], dtype=self.dtype, device=self.device)
        kept: list[Tensor] = []
        with frozen(self.networks.discriminator):
            for shard in shards:
                kept = [lengths(shard, create_graph=self.rounds == 1)]
                total += torch.stack([kept[0].detach().sum(), total.new_tensor(len(kept[0]))])
        self.ranks.sum_([total])
        mean, count = total[0] / total[1], total[1]

        def body(shard: Shard) -> Tensor:
            length = kept[0] if self.rounds == 1 else lengths(shard, create_graph=True)
            penalty = losses.path_loss(length, mean, self.pl_mean, config.pl_decay)
            self.statistics.add("Loss/pl_penalty", penalty)
            gain = _real(config.pl_weight) * config.pl_interval
            return penalty.sum() * gain / count

        self._phase(self.networks.generator, self.g_adam, shards, body)
        self.pl_mean = torch.lerp(self.pl_mean, mean, config.pl_decay)

    def discriminator_phase(self, shards: Sequence[Shard]) -> None:
        """Dmain; its call of the generator moves w_avg and the magnitudes."""
        w_sum = torch.zeros([self.config.w_dim], dtype=self.dtype, device=self.device)
        signs = torch.zeros([2], dtype=torch.float64, device=self.device)
        made = self._fakes(shards, w_sum)

        def body(shard: Shard) -> Tensor:
            fakes, c = next(made)
            logits = self.judge(fakes, c, "Dmain fake", shard)
            fake_loss = losses.fake_loss(logits)
            (fake_loss.sum() / self.batch).backward()
            self.statistics.add("Loss/scores/fake", logits)
            logits = self.judge(shard.reals, shard.real_c, "Dmain real", shard)
            real_loss = losses.real_loss(logits)
            signs.add_(torch.stack([logits.sign().sum(), signs.new_tensor(len(logits))]).double())
            self.statistics.add("Loss/scores/real", logits)
            self.statistics.add("Loss/signs/real", logits.sign())
            self.statistics.add("Loss/D/loss", fake_loss.detach() + real_loss.detach())
            return real_loss.sum() / self.batch

        self._phase(self.networks.discriminator, self.d_adam, shards, body)
        self.ranks.sum_([w_sum])
        self.ranks.sum_([signs])
        update_w_avg(self.networks.generator, w_sum / self.batch)
        sign_sum, count = signs.tolist()
        self.controller.observe(sign_sum, count)

    def _fakes(
        self, shards: Sequence[Shard], w_sum: Tensor
    ) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Make D's pictures and their labels, shard by shard, without gradients."""
        generator = self.networks.generator
        # Magnitudes follow the whole batch; without them a shard is made when it is its turn.
        together = len(shards) if has_magnitudes(generator) else 1
        for start in range(0, len(shards), together):
            rounds: list[Inputs] = []
            labels: list[Tensor | None] = []
            with torch.no_grad():
                for shard in shards[start : start + together]:
                    ws, c = self.latents("Dmain", shard.indices, w_sum)
                    rounds.append(generator.inputs(ws, **self.noise("Dmain", shard.indices)))
                    labels.append(c)
                fakes = synthesis_with_magnitudes(generator, rounds, self.ranks.mean)
            yield from zip(fakes, labels, strict=True)

    def r1_phase(self, shards: Sequence[Shard]) -> None:
        """Dreg."""

        def body(shard: Shard) -> Tensor:
            reals = shard.reals.detach().requires_grad_(True)
            logits = self.judge(reals, shard.real_c, "Dreg", shard)
            penalty = losses.r1_penalty(logits, reals)
            self.statistics.add("Loss/r1_penalty", penalty)
            gain = _real(self.config.gamma) / 2 * self.config.r1_interval
            return penalty.sum() * gain / self.batch

        self._phase(self.networks.discriminator, self.d_adam, shards, body)

    def update_average(self) -> None:
        """Let the average follow the generator."""
        config = self.config
        beta = ema_beta(self.batch, self.cur_nimg, _real(config.ema_kimg), _real(config.ema_rampup))
        update_ema(self.networks.average, self.networks.generator, beta)

    def latents(
        self, purpose: str, indices: Sequence[int], w_sum: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Draw latents and labels and map them; styles mix with the configured probability.

        Args:
            w_sum: [w_dim], to which the sum of w over the samples is added; None = not wanted.

        Returns ws [N, num_ws, w_dim] and labels [N, c_dim] or None.
        """
        mapping = self.networks.generator.mapping
        num_ws = self.networks.generator.num_ws
        c = self._labels(purpose, indices)

        def w_of(stream: str) -> Tensor:
            z = self._tensor(self.draws.normal(f"{purpose} {stream}", indices, [mapping.z_dim]))
            return mapping.w(z, c)

        w = w_of("z")
        if w_sum is not None:
            w_sum.add_(w.detach().sum(dim=0))
        ws = w[:, None].repeat(1, num_ws, 1)
        cutoff = self._mixing_cutoff(purpose, num_ws)
        return losses.mix_styles(ws, cutoff, lambda: w_of("mix z")[:, None].expand_as(ws)), c

    def _mixing_cutoff(self, purpose: str, num_ws: int) -> int:
        """Return the row from which a batch takes its other styles; num_ws = none."""
        if _real(self.config.style_mixing) <= 0 or num_ws < 2:
            return num_ws
        rng = self.draws.rng(f"{purpose} mix", self.cur_nimg)
        mixes = rng.random() < _real(self.config.style_mixing)
        return int(rng.integers(1, num_ws)) if mixes else num_ws

    def _labels(self, purpose: str, indices: Sequence[int]) -> Tensor | None:
        if self.labels is None:
            return None
        rows = self.draws.integers(f"{purpose} c", indices, len(self.labels))
        return self._tensor(self.labels[rows])

    def noise(self, purpose: str, indices: Sequence[int]) -> dict[str, object]:
        """Return the noise arguments of synthesis: a seed of its own for each sample."""
        if not getattr(self.networks.generator.config, "use_noise", False):
            return {"noise": "none"}
        seeds = self.draws.integers(f"{purpose} noise", indices, 2**62)
        return {"noise": "random", "noise_seed": [int(seed) for seed in seeds]}

    def synthesis(self, purpose: str, ws: Tensor, indices: Sequence[int]) -> Tensor:
        """Make pictures with random noise."""
        return self.networks.generator.synthesis(ws, **self.noise(purpose, indices))  # type: ignore[arg-type]

    def judge(self, img: Tensor, c: Tensor | None, purpose: str, shard: Shard) -> Tensor:
        """Blur, augment, and ask the discriminator: logits [N, 1]."""
        config = self.config
        sigma = blur_sigma(_real(config.blur_sigma), _real(config.blur_fade_kimg), self.cur_nimg)
        img = self.augment(blur(img, sigma), self.controller.p, purpose, shard.indices)
        return self.networks.discriminator(img, c)

    def _phase(
        self,
        network: nn.Module,
        adam: torch.optim.Adam,
        shards: Sequence[Shard],
        body: Callable[[Shard], Tensor],
    ) -> None:
        """Add up the gradients of all shards, then update one network; the other is frozen."""
        both = (self.networks.generator, self.networks.discriminator)
        other = both[1] if network is both[0] else both[0]
        with frozen(other):
            for shard in shards:
                body(shard).backward()
        parameters = [p for p in network.parameters() if p.grad is not None]
        gradients = [p.grad for p in parameters if p.grad is not None]
        self.ranks.sum_(gradients)
        self.gradients_ready(network, gradients)
        clean_gradients(gradients)
        adam.step()
        adam.zero_grad(set_to_none=True)

    def gradients_ready(self, network: nn.Module, gradients: list[Tensor]) -> None:
        """Called with the whole batch's gradients before they are used; for tests."""

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device=self.device, dtype=self.dtype)


class frozen:
    """While this lasts, no gradients are computed for a network's parameters."""

    def __init__(self, network: nn.Module) -> None:
        self._parameters = [p for p in network.parameters() if p.requires_grad]

    def __enter__(self) -> None:
        for parameter in self._parameters:
            parameter.requires_grad_(False)

    def __exit__(self, *_: object) -> None:
        for parameter in self._parameters:
            parameter.requires_grad_(True)


def _real(value: float | None) -> float:
    assert value is not None, "the configuration is not resolved"
    return value
