"""The allow-list: what the names in a model file stand for. It ends in refusal.

Nothing is imported or looked up: each entry is a function of ours that checks its arguments and
returns an inert record. Old and new numpy spellings are both listed.
"""

from collections.abc import Callable
from typing import Any

from networks.errors import DamagedFileError, UnsafeFileError, UnsupportedModelError
from networks.files import numpy_calls, tensors
from networks.files.arrays import checked_shape, latin1_bytes, shorten
from networks.files.machine import Meter
from networks.files.records import (
    Arguments,
    Global,
    LazyText,
    PersistentObject,
    PlainObject,
    refuse_arguments,
)

# Where forks keep classes that are saved without source text. Their instances become records that
# hold attributes, so that the file can be described; calling such a name is refused.
_CLASSES = ("torch.nn.modules.", "training.", "pg_modules.", "feature_networks.", "timm.")
_TENSORFLOW = ("dnnlib.tflib.network", "tfutil", "network")


class AllowList:
    """Resolves the names of one file.

    Args:
        meter: the file's allowance, shared with its nested streams.
    """

    def __init__(self, meter: Meter):
        self.meter = meter
        self.entries = self._entries()

    def resolve(self, module: str, name: str) -> Global:
        """Return the entry of a name; raises UnsafeFileError if there is none."""
        entry = self.entries.get((module, name))
        if entry is not None:
            return entry
        full = f"{module}.{name}"
        if module.startswith(_CLASSES) and _is_path(full):
            self.meter.take_object()
            return Global(full, new=lambda arguments: PlainObject(full))
        if module in _TENSORFLOW:
            raise UnsupportedModelError(
                "it holds networks saved by the TensorFlow releases, which cannot be read yet; "
                "look for the PyTorch version of this model",
                class_name=full,
            )
        raise UnsafeFileError(
            f"it refers to {shorten(full)}, which no supported model needs; nothing of the file "
            "was run"
        )

    def _entries(self) -> dict[tuple[str, str], Global]:
        calls: dict[str, Callable[[Arguments], Any]] = {
            "torch_utils.persistence._reconstruct_persistent_obj": self._persistent_object,
            "collections.OrderedDict": _ordered_dict,
            "builtins.set": _set,
            "__builtin__.set": _set,
            "builtins.bytes": _byte_array,
            "__builtin__.bytes": _byte_array,
            "builtins.bytearray": _byte_array,
            "__builtin__.bytearray": _byte_array,
            "_codecs.encode": self._encode,
            "copyreg._reconstructor": _reconstructor,
            "copy_reg._reconstructor": _reconstructor,
            "torch.Size": lambda arguments: checked_shape(_only(arguments, "torch.Size")),
            "torch.device": lambda arguments: None,
            "torch._utils._rebuild_tensor": tensors.rebuild_tensor,
            "torch._utils._rebuild_tensor_v2": tensors.rebuild_tensor,
            "torch._utils._rebuild_parameter": tensors.rebuild_parameter,
            "torch.nn.parameter.Parameter": tensors.rebuild_parameter,
            "torch.storage._load_from_bytes": self._load_from_bytes,
            "numpy.dtype": numpy_calls.dtype,
        }
        for package in ("numpy.core", "numpy._core"):
            calls[f"{package}.multiarray.scalar"] = numpy_calls.scalar
            calls[f"{package}.multiarray._reconstruct"] = numpy_calls.empty_array
            calls[f"{package}.numeric._frombuffer"] = numpy_calls.array_from_buffer
        entries = {tuple(name.rsplit(".", 1)): Global(name, call) for name, call in calls.items()}
        for name in ("dnnlib.util.EasyDict", "dnnlib.EasyDict"):
            entries[tuple(name.rsplit(".", 1))] = Global(name, _empty_dict, _empty_dict)
        for name in ("builtins.object", "__builtin__.object", "builtins.dict", "numpy.ndarray"):
            entries[tuple(name.rsplit(".", 1))] = Global(name)
        return entries  # type: ignore[return-value]

    def _persistent_object(self, arguments: Arguments) -> PersistentObject:
        meta = _only(arguments, "a saved object")
        if type(meta) is not dict:
            raise DamagedFileError(f"a saved object is described by {shorten(meta)}")
        class_name, state = meta.get("class_name"), meta.get("state")
        if not isinstance(class_name, str) or type(state) is not dict:
            raise DamagedFileError(
                f"a saved object has class name {shorten(class_name)} and state {shorten(state)}"
            )
        source = meta.get("module_src")
        known = isinstance(source, (str, LazyText))
        return PersistentObject(class_name[:200], state, source if known else None)

    def _load_from_bytes(self, arguments: Arguments) -> Any:
        data = _only(arguments, "torch.storage._load_from_bytes")
        if not isinstance(data, memoryview):
            raise DamagedFileError(f"tensor data are {shorten(data)}, not bytes")
        return tensors.read_storage(data, self.meter)

    def _encode(self, arguments: Arguments) -> memoryview:
        """Bytes that protocol 2 wrote as Latin-1 text."""
        if len(arguments) != 2 or arguments[1] not in ("latin1", "latin-1"):
            raise UnsafeFileError("it encodes text other than bytes written as Latin-1")
        text = arguments[0]
        if isinstance(text, str):
            text = LazyText(memoryview(text.encode("utf-8", "surrogatepass")))
        if not isinstance(text, LazyText):
            raise DamagedFileError(f"it encodes {shorten(text)} as if it were text")
        self.meter.take_copy(len(text.utf8))
        return memoryview(latin1_bytes(text.utf8)).toreadonly()


def _is_path(full: str) -> bool:
    return len(full) <= 200 and all(part.isidentifier() for part in full.split("."))


def _only(arguments: Arguments, what: str) -> Any:
    if len(arguments) != 1:
        raise DamagedFileError(f"{what} has {len(arguments)} arguments instead of one")
    return arguments[0]


def _ordered_dict(arguments: Arguments) -> dict:
    if arguments not in ((), ([],)):
        refuse_arguments("an OrderedDict", arguments)
    return {}


def _empty_dict(arguments: Arguments) -> dict:
    if arguments:
        refuse_arguments("an EasyDict", arguments)
    return {}


def _set(arguments: Arguments) -> set:
    items = _only(arguments, "a set")
    if type(items) is not list or not all(type(item) is str for item in items):
        refuse_arguments("a set", arguments)
    return set(items)


def _byte_array(arguments: Arguments) -> memoryview:
    if not arguments:
        return memoryview(b"")
    if len(arguments) == 1 and isinstance(arguments[0], memoryview):
        return arguments[0]
    refuse_arguments("a bytearray", arguments)


def _reconstructor(arguments: Arguments) -> Any:
    """copyreg's form of `cls.__new__(cls)`; only for classes that allow it."""
    if len(arguments) == 3 and isinstance(arguments[0], Global) and arguments[0].new is not None:
        return arguments[0].new(())
    refuse_arguments("an object", arguments)
