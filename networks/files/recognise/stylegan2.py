"""StyleGAN2 generators and discriminators, told by their tensors (`synthesis.b4.const`)."""

from networks.config import DiscriminatorConfig, StyleGAN2Config
from networks.errors import DamagedFileError
from networks.files.recognise.modules import ModuleTree, Settings
from networks.files.recognise.parts import (
    agree,
    agree_if_stated,
    formula_channels,
    given,
    mapping_config,
    resample_filter,
)


def _block_resolutions(tree: ModuleTree, prefix: str) -> tuple[int, ...]:
    """4, 8, ... up to the largest block that the network has without a gap."""
    found, resolution = [], 4
    while resolution <= 1 << 16 and f"{prefix}b{resolution}" in tree.settings:
        found.append(resolution)
        resolution *= 2
    if not found:
        raise DamagedFileError(f"{tree.class_name} has no block for 4x4 pixels")
    return tuple(found)


def _fp16_blocks(tree: ModuleTree, prefix: str, resolutions: tuple[int, ...]) -> int:
    return sum(bool(tree.at(f"{prefix}b{r}").boolean("use_fp16")) for r in resolutions)


def _clamp(settings: Settings) -> float | None:
    clamp = settings.real("conv_clamp")
    return None if clamp is None else float(clamp)


def generator_config(tree: ModuleTree, notes: list[str]) -> StyleGAN2Config:
    """Infer the configuration; DamagedFileError if shapes and settings contradict each other."""
    network, synthesis = tree.at(""), tree.at("synthesis")
    resolutions = _block_resolutions(tree, "synthesis.")
    top = resolutions[-1]
    mapping, z_dim, c_dim, w_dim = mapping_config(tree, keeps_mean="mapping.w_avg" in tree.tensors)
    resolution = agree(
        "the resolution",
        top,
        network.integer("img_resolution"),
        synthesis.integer("img_resolution"),
    )
    channels = tuple(tree.size(f"synthesis.b{r}.conv1.weight", 0, 4) for r in resolutions)
    base, largest, explicit = formula_channels(
        channels, resolutions, synthesis.arguments, network.arguments
    )
    conv, block = tree.at(f"synthesis.b{top}.conv1"), tree.at(f"synthesis.b{top}")
    per_block = [tree.at(f"synthesis.b{r}") for r in resolutions]
    fp16 = given(synthesis.integer("num_fp16_res"), network.arguments.integer("num_fp16_res"))
    return StyleGAN2Config(
        resolution=resolution,
        z_dim=agree("z_dim", z_dim, network.integer("z_dim")),
        c_dim=agree("c_dim", c_dim, network.integer("c_dim")),
        w_dim=agree("w_dim", w_dim, network.integer("w_dim"), synthesis.integer("w_dim")),
        img_channels=agree(
            "the number of image channels",
            tree.size(f"synthesis.b{top}.torgb.weight", 0, 4),
            network.integer("img_channels"),
        ),
        mapping=mapping,
        channel_base=base,
        channel_max=largest,
        num_fp16_res=given(fp16, _fp16_blocks(tree, "synthesis.", resolutions)),
        conv_clamp=_clamp(conv),
        architecture=given(
            agree_if_stated("the architecture", *(b.text("architecture") for b in per_block)),
            "skip",
        ),
        resample_filter=resample_filter(
            tree, f"synthesis.b{top}.resample_filter", notes, block.arguments, network.arguments
        ),
        activation=given(conv.text("activation"), "lrelu"),
        use_noise=given(
            conv.boolean("use_noise"), f"synthesis.b{top}.conv1.noise_const" in tree.tensors
        ),
        channels=explicit,
    )


def discriminator_config(tree: ModuleTree, notes: list[str]) -> DiscriminatorConfig:
    """Infer the configuration; DamagedFileError if shapes and settings contradict each other."""
    network, last = tree.at(""), tree.at("b4")
    resolutions = _block_resolutions(tree, "")
    top = resolutions[-1]
    architecture = last.text("architecture") or tree.at(f"b{top}").text("architecture") or "resnet"
    channels = [tree.size("b4.conv.weight", 0, 4)]
    channels += [tree.size(f"b{r}.conv0.weight", 0, 4) for r in resolutions[1:]]
    base, largest, explicit = formula_channels(tuple(channels), resolutions, network.arguments)
    first = tree.at(f"b{top}.conv0" if top > 4 else "b4.conv")
    c_dim, cmap_dim = 0, None
    extra = {}
    if "mapping.embed.weight" in tree.tensors:
        mapping, _, c_dim, cmap_dim = mapping_config(tree, keeps_mean=False)
        extra["mapping"] = mapping
        agree("the label's width", cmap_dim, tree.size("b4.out.weight", 0, 2))
    deviation = tree.at("b4.mbstd")
    extra_channels = tree.size("b4.conv.weight", 1, 4) - channels[0]
    has_group = deviation.has("group_size")
    return DiscriminatorConfig(
        resolution=agree("the resolution", top, network.integer("img_resolution")),
        img_channels=agree(
            "the number of image channels",
            tree.size(f"b{top}.fromrgb.weight", 1, 4),
            network.integer("img_channels"),
        ),
        c_dim=agree("c_dim", c_dim, network.integer("c_dim")),
        architecture=architecture,
        channel_base=base,
        channel_max=largest,
        num_fp16_res=given(
            network.arguments.integer("num_fp16_res"), _fp16_blocks(tree, "", resolutions)
        ),
        conv_clamp=_clamp(first),
        cmap_dim=cmap_dim if cmap_dim not in (None, channels[0]) else None,
        mbstd_group_size=deviation.integer("group_size") if has_group else 4,
        mbstd_num_channels=agree(
            "the number of deviation channels", extra_channels, deviation.integer("num_channels")
        ),
        resample_filter=resample_filter(
            tree, f"b{top}.resample_filter", notes, tree.at(f"b{top}").arguments, network.arguments
        ),
        activation=given(first.text("activation"), "lrelu"),
        freeze_layers=_frozen_layers(tree, resolutions),
        channels=explicit,
        **extra,
    )


def _frozen_layers(tree: ModuleTree, resolutions: tuple[int, ...]) -> int:
    """Freeze-D: how many layers, from the image on, are stored as buffers."""
    count = 0
    for resolution in reversed(resolutions[1:]):
        for layer in ("fromrgb", "conv0", "conv1", "skip"):
            name = f"b{resolution}.{layer}.weight"
            if name in tree.tensors:
                if name not in tree.frozen:
                    return count
                count += 1
    return count
