"""From what the doctor saw of each picture to the report: what is used, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from train.data.choices import MAX_RESOLUTION, MIN_RESOLUTION, ImportChoices
from train.data.crop import enlargement, share_kept
from train.data.labels import class_name
from train.data.near import NearDuplicates
from train.data.report import KEPT, LEFT_OUT, ClassCount, Finding, Report, SizeBand
from train.data.sources.base import Source
from train.errors import DataError

if TYPE_CHECKING:
    from train.data.doctor import Facts

_MIN_SIDE = 8  # px, whatever the resolution
_MAX_ENLARGEMENT = 4.0  # beyond, a picture is a smear
_SUGGESTED_AT_MOST = 1024
_FEW = 1000
_CHANNELS = {"grey": 1, "rgb": 3, "rgba": 4}


def judge(source: Source, choices: ImportChoices, facts: Sequence[Facts]) -> Report:
    """Decide about every picture; raises DataError if none can be used."""
    findings = list(source.skipped)
    opened = [item for item in facts if not item.problem]
    suggested = _suggest(opened, choices)
    resolution = choices.resolution or suggested
    usable = []
    for item in facts:
        problem, reason = _why_not(item, choices, resolution)
        if problem:
            name = source.entries[item.index].name
            findings.append(Finding(name, problem, reason, LEFT_OUT))
        else:
            usable.append(item)
    usable = _without_unlabelled(source, usable, findings)
    usable = _without_copies(source, usable, choices, findings)
    if not usable:
        raise DataError(_nothing_left(source, findings))
    channels = _decide_channels(usable, choices)
    for item in usable:
        _remark(source.entries[item.index].name, item, choices, resolution, channels, findings)
    findings.sort(key=lambda finding: (finding.used, finding.name))
    classes = _count_classes(source, [item.index for item in usable])
    return Report(
        source=source.title,
        total=len(facts) + sum(item.problem == "not-a-picture" for item in source.skipped),
        kept=tuple(item.index for item in usable),
        channels=channels,
        resolution=resolution,
        suggested=suggested,
        findings=tuple(findings),
        sizes=_histogram(opened),
        common_sizes=tuple(
            (width, height, count)
            for (width, height), count in Counter((f.width, f.height) for f in opened).most_common(
                8
            )
        ),
        classes=classes,
        labelled=bool(source.labels_from),
        notes=_notes(source, len(usable), classes),
        bytes_needed=bytes_needed(len(usable), resolution, channels),
    )


def trusted_report(source: Source, choices: ImportChoices) -> Report:
    """Return the report of a source made by this program: everything is used as it is."""
    resolution = choices.resolution or source.resolution or 64
    channels = _CHANNELS.get(choices.channels, source.channels or 3)
    count = len(source.entries)
    classes = _count_classes(source, range(count))
    return Report(
        source=source.title,
        total=count,
        kept=tuple(range(count)),
        channels=channels,
        resolution=resolution,
        suggested=resolution,
        findings=(),
        sizes=(),
        common_sizes=((resolution, resolution, count),),
        classes=classes,
        labelled=bool(source.labels_from),
        notes=source.notes,
        bytes_needed=bytes_needed(count, resolution, channels),
    )


def bytes_needed(count: int, resolution: int, channels: int) -> int:
    """Return about how large the zip will be."""
    return count * (resolution * (resolution * channels + 1) + 300) + 1024


def _suggest(opened: Sequence[Facts], choices: ImportChoices) -> int:
    """Return the largest power of two that enlarges at most one picture in ten."""
    sizes = sorted(1 / enlargement(f.width, f.height, choices, 1024) for f in opened)
    side = sizes[len(sizes) // 10] * 1024 if sizes else MIN_RESOLUTION
    resolution = MIN_RESOLUTION
    while resolution * 2 <= min(side * 1.001, _SUGGESTED_AT_MOST, MAX_RESOLUTION):
        resolution *= 2
    return resolution


def _why_not(item: Facts, choices: ImportChoices, resolution: int) -> tuple[str, str]:
    """Return (problem, reason) of a picture that cannot be used, else two empty texts."""
    if item.problem:
        return item.problem, item.reason
    if item.blank and min(item.width, item.height) > 1:
        return "blank", "a single colour all over"
    side = min(item.width, item.height)
    wide = item.width <= item.height
    least = min(_MIN_SIDE, resolution)
    if side < least:
        return "too-small", f"only {side} px {'wide' if wide else 'high'}"
    if enlargement(item.width, item.height, choices, resolution) > _MAX_ENLARGEMENT:
        reason = f"only {item.width} x {item.height} px, too small for {resolution} x {resolution}"
        return "too-small", reason
    return "", ""


def _without_unlabelled(
    source: Source, usable: list[Facts], findings: list[Finding]
) -> list[Facts]:
    if not source.labels_from:
        return usable
    kept = []
    for item in usable:
        entry = source.entries[item.index]
        if entry.label is not None:
            kept.append(item)
            continue
        reason = f"has no label in {source.labels_from}"
        if source.labels_from == "sub-folders":
            reason = "lies outside the sub-folders, so it has no label"
        findings.append(Finding(entry.name, "label-missing", reason, LEFT_OUT))
    return kept


def _without_copies(
    source: Source, usable: list[Facts], choices: ImportChoices, findings: list[Finding]
) -> list[Facts]:
    kept = []
    first: dict[bytes, int] = {}
    near = NearDuplicates()
    for item in usable:
        entry = source.entries[item.index]
        twin = first.setdefault(item.digest, item.index)
        if twin != item.index:
            keep, problem, words = choices.keep_duplicates, "duplicate", "exact duplicate of"
        else:
            found = near.find_or_add(item.index, item.look) if item.look is not None else None
            if found is None:
                kept.append(item)
                continue
            twin = found
            keep, problem, words = choices.keep_near_duplicates, "near-duplicate", "looks like"
        other = source.entries[twin]
        reason = f"{words} {other.name}"
        if other.label != entry.label:
            reason += ", which has another label"
        action = KEPT if keep else LEFT_OUT
        findings.append(Finding(entry.name, problem, reason, action, other.name))
        if keep:
            kept.append(item)
    return kept


def _decide_channels(usable: Sequence[Facts], choices: ImportChoices) -> int:
    """Grey if all are; with transparency if most are."""
    if choices.channels != "auto":
        return _CHANNELS[choices.channels]
    transparent = 2 * sum(item.transparent for item in usable) > len(usable)
    grey = all(item.grey for item in usable)
    return (1 if grey else 3) + transparent


def _remark(
    name: str,
    item: Facts,
    choices: ImportChoices,
    resolution: int,
    channels: int,
    findings: list[Finding],
) -> None:
    """Add what is noteworthy about a picture that is used."""

    def add(problem: str, reason: str, action: str) -> None:
        findings.append(Finding(name, problem, reason, action))

    for remark in item.remarks:
        add(remark.problem, remark.reason, remark.action)
    if item.transparent and channels in (1, 3):
        add("alpha-mismatch", "partly transparent", "put on the background colour")
    if not item.transparent and channels in (2, 4):
        add("alpha-mismatch", "has no transparency, unlike the others", "used as opaque")
    if item.grey and channels >= 3:
        add("colour-mismatch", "grey among pictures in colour", KEPT)
    if not item.grey and channels < 3:
        add("colour-mismatch", "in colour", "turned grey")
    factor = enlargement(item.width, item.height, choices, resolution)
    if factor > 1.001:
        reason = f"only {item.width} x {item.height} px"
        add("enlarged", reason, f"enlarged {factor:.1f} times")
    share = share_kept(item.width, item.height, choices)
    if share < 0.5:
        reason = f"{item.width} x {item.height} px is far from the shape that is cut out"
        add("cropped", reason, f"{share:.0%} of it is used")


def _count_classes(source: Source, indices: Sequence[int]) -> tuple[ClassCount, ...]:
    counts: Counter[int] = Counter()
    for index in indices:
        label = source.entries[index].label
        if isinstance(label, int):
            counts[label] += 1
    classes = max(max(counts, default=-1) + 1, len(source.class_names) if counts else 0)
    return tuple(
        ClassCount(class_name(label, source.class_names), counts[label])
        for label in range(min(classes, 100_000))
    )


def _histogram(opened: Sequence[Facts]) -> tuple[SizeBand, ...]:
    counts = Counter(max(min(f.width, f.height), 1).bit_length() - 1 for f in opened)
    if not counts:
        return ()
    powers = range(min(counts), max(counts) + 1)
    return tuple(SizeBand(1 << power, 2 << power, counts[power]) for power in powers)


def _notes(source: Source, usable: int, classes: Sequence[ClassCount]) -> tuple[str, ...]:
    notes = [*source.notes]
    if source.labels_from:
        what = f"{len(classes)} classes" if classes else "vectors"
        notes.append(f"Labels from {source.labels_from}: {what}")
    empty = [item.name for item in classes if item.count == 0]
    if empty:
        notes.append(f"Without a usable picture: {', '.join(empty[:5])}")
    filled = [item for item in classes if item.count]
    if len(filled) > 1:
        most, least = max(filled, key=_count), min(filled, key=_count)
        if most.count >= 5 * least.count:
            notes.append(
                f"Unbalanced: {most.name} has {most.count:,} pictures, {least.name} only "
                f"{least.count:,}; rare classes are learned badly"
            )
    if usable < _FEW:
        notes.append(
            f"Only {usable:,} pictures: start from an existing model, and keep augmentation on"
        )
    return tuple(notes)


def _count(item: ClassCount) -> int:
    return item.count


def _nothing_left(source: Source, findings: Sequence[Finding]) -> str:
    if not findings:
        return f"{source.title} holds no pictures"
    shown = "; ".join(f"{item.name} is {item.reason}" for item in findings[:3])
    return f"{source.title} holds no picture that can be used: {shown}"
