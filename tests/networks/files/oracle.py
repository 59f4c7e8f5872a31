"""A second reading of a pickle, by CPython's Unpickler with harmless stand-ins for every name.

It shares no code with the reader under test. It is not bounded, so tests give it only files that
the reader has accepted.
"""

import io
import pickle
from typing import Any

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
TYPES = {
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "DoubleStorage": "<f8",
    "LongStorage": "<i8",
}


class _Bag:
    """An object of any class: keeps what it is given."""

    def __init__(self, *arguments: Any):
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dict(dict):
    """A dict subclass with attributes."""

    def __init__(self, *_: Any):
        super().__init__()


class _Name:
    def __init__(self, name: str):
        self.name = name


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name in ("OrderedDict", "EasyDict"):
            return _Dict
        if name == "set":
            return set
        if name == "bytes":
            return bytes
        if name == "encode":
            return lambda text, _: text.encode("latin-1")
        if name == "_load_from_bytes":
            return _storage
        if name in ("_rebuild_tensor_v2", "_rebuild_tensor"):
            return _tensor
        if name in ("_rebuild_parameter", "_reconstruct_persistent_obj"):
            return lambda *arguments: arguments[0]
        if module.startswith(("numpy", "torch.nn")):
            return type(name, (_Bag,), {})
        raise ValueError(f"unexpected name {module}.{name}")


class _StorageUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _Name(name)

    def persistent_load(self, pid: Any) -> Any:
        return pid


def _storage(blob: bytes) -> np.ndarray:
    stream = io.BytesIO(blob)
    values = [_StorageUnpickler(stream).load() for _ in range(5)]
    assert values[0] == MAGIC
    stream.seek(8, io.SEEK_CUR)
    return np.frombuffer(blob, TYPES[values[3][1].name], offset=stream.tell())


def _tensor(storage: np.ndarray, offset: int, shape: tuple, stride: tuple, *_: Any) -> np.ndarray:
    index = np.full(shape, offset)
    for axis, (size, step) in enumerate(zip(shape, stride, strict=True)):
        line = np.arange(size) * step
        index = index + line.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return storage[index]


def stored_tensors(data: bytes) -> dict[str, np.ndarray]:
    """State name -> values, prefixed "generator." (G_ema, else G) and "discriminator."."""
    top = _Unpickler(io.BytesIO(data)).load()
    if "state" in top and "class_name" in top:
        top = {"G_ema": top}
    generator = top.get("G_ema")
    if not isinstance(generator, (dict, _Bag)):
        generator = top.get("G")
    tensors: dict[str, np.ndarray] = {}
    _collect(generator, "generator", tensors)
    if top.get("D") is not None:
        _collect(top["D"], "discriminator", tensors)
    return tensors


def _collect(module: Any, path: str, tensors: dict[str, np.ndarray]) -> None:
    state = module.state if isinstance(module, _Bag) else module["state"]
    for group in ("_parameters", "_buffers"):
        for name, value in (state.get(group) or {}).items():
            if value is not None:
                tensors[f"{path}.{name}"] = value
    for name, value in (state.get("_modules") or {}).items():
        if value is not None:
            _collect(value, f"{path}.{name}", tensors)
