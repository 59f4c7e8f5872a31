"""A saved module flattened: dotted names of its tensors, settings of each submodule."""

from dataclasses import dataclass, field
from typing import Any

from networks.errors import DamagedFileError
from networks.files.arrays import numpy_array, shorten
from networks.files.bounds import LIMITS
from networks.files.recognise.metadata import printable
from networks.files.records import ArrayRecord, PersistentObject, PlainObject, TensorRecord

_NESTED_ARGUMENTS = ("synthesis_kwargs", "block_kwargs", "layer_kwargs")
SavedModule = PersistentObject | PlainObject


@dataclass
class ModuleTree:
    """What one network holds.

    Attributes:
        class_name:    of the network itself, as the file says.
        source_sha256: digest of its embedded source text; None = there is none.
        settings:      dotted module path ("" = the network) -> its attributes.
        tensors:       dotted name -> tensor, parameters and buffers, in the file's order.
        frozen:        names of weights and biases that are stored as buffers (Freeze-D).
    """

    class_name: str
    source_sha256: str | None
    settings: dict[str, "Settings"] = field(default_factory=dict)
    tensors: dict[str, TensorRecord] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)

    def shape(self, name: str) -> tuple[int, ...]:
        """Shape of a tensor that the network cannot do without."""
        if name not in self.tensors:
            raise DamagedFileError(f"{self.class_name} lacks the tensor {name}")
        return self.tensors[name].shape

    def size(self, name: str, axis: int, dims: int) -> int:
        """One size of a tensor that must have `dims` axes."""
        shape = self.shape(name)
        if len(shape) != dims:
            raise DamagedFileError(f"{name} has shape {shorten(shape)} instead of {dims} axes")
        return shape[axis]

    def at(self, path: str) -> "Settings":
        """Settings of a submodule; empty ones if it is absent."""
        return self.settings.get(path) or Settings(path, {})

    @property
    def stored_bytes(self) -> int:
        """Bytes of the distinct storages behind the tensors."""
        storages = {id(tensor.storage): tensor.storage for tensor in self.tensors.values()}
        return sum(len(storage.data) for storage in storages.values())


class Settings:
    """A submodule's attributes with their types checked; None where the file has none."""

    def __init__(self, path: str, state: dict[str, Any]):
        self.path = path
        self.state = state

    def _typed(self, name: str, kinds: tuple[type, ...], expected: str) -> Any:
        value = self.state.get(name)
        if value is None or type(value) in kinds:
            return value
        raise DamagedFileError(
            f"{self.path or 'the network'}: {name} is {shorten(value)} instead of {expected}"
        )

    def has(self, name: str) -> bool:
        """Whether the file states the attribute, be it None."""
        return name in self.state

    def integer(self, name: str) -> int | None:
        """A whole number; numpy arrays of equal ones (StyleGAN3's sizes) count as one."""
        value = self.state.get(name)
        if isinstance(value, ArrayRecord) and value.dtype is not None and 0 < len(value.data) <= 64:
            items = numpy_array(value).ravel().tolist()
            if items.count(items[0]) != len(items):
                raise DamagedFileError(f"{self.path}: {name} is not square, which is not supported")
            value = items[0]
        if type(value) is float and value.is_integer() and abs(value) < 1 << 53:
            value = int(value)
        if value is None or type(value) is int:
            return value
        raise DamagedFileError(
            f"{self.path or 'the network'}: {name} is {shorten(value)} instead of a whole number"
        )

    def real(self, name: str) -> float | None:
        """A number."""
        return self._typed(name, (int, float), "a number")

    def boolean(self, name: str) -> bool | None:
        """True or False."""
        return self._typed(name, (bool,), "true or false")

    def text(self, name: str) -> str | None:
        """A name."""
        return self._typed(name, (str,), "a name")

    def sequence(self, name: str) -> tuple[Any, ...] | None:
        """A list or tuple of plain values, as a tuple."""
        value = self._typed(name, (list, tuple), "a list")
        if value is None:
            return None
        if len(value) > 4096 or not all(type(item) in (int, float, str, bool) for item in value):
            raise DamagedFileError(f"{self.path}: {name} is not a list of plain values")
        return tuple(value)

    @property
    def arguments(self) -> "Settings":
        """What the module was constructed with, nested `*_kwargs` spread over it."""
        raw = self.state.get("_init_kwargs")
        merged: dict[str, Any] = {}
        if type(raw) is dict:
            for name, value in raw.items():
                if name in _NESTED_ARGUMENTS and type(value) is dict:
                    merged.update(value)
            merged.update(raw)
        return Settings(f"{self.path or 'the network'} arguments", merged)


def flatten(root: SavedModule) -> ModuleTree:
    """Walk a saved module. Raises DamagedFileError if it is not a tree of modules and tensors."""
    digest = root.source_sha256 if isinstance(root, PersistentObject) else None
    tree = ModuleTree(printable(root.class_name), digest)
    budget = [LIMITS.tree_nodes]
    _visit(root, "", tree, LIMITS.tree_depth, budget)
    return tree


def _visit(module: SavedModule, path: str, tree: ModuleTree, depth: int, budget: list[int]) -> None:
    state = module.state or {}
    if depth == 0:
        raise DamagedFileError(f"its modules are nested more than {LIMITS.tree_depth} deep")
    tree.settings[path] = Settings(path, state)
    seen: set[str] = set()
    for group in ("_parameters", "_buffers", "_modules"):
        members = state.get(group)
        if members is None:
            members = {}
        if type(members) is not dict:
            raise DamagedFileError(f"{path or 'the network'}: {group} is {shorten(members)}")
        for name, value in members.items():
            budget[0] -= 1
            if budget[0] < 0:
                raise DamagedFileError(f"a network has more than {LIMITS.tree_nodes:,} parts")
            if not _is_name(name) or name in seen:
                raise DamagedFileError(f"{path or 'the network'} has a part named {shorten(name)}")
            seen.add(name)
            if value is None:
                continue
            full = f"{path}.{name}" if path else name
            if group == "_modules" and isinstance(value, (PersistentObject, PlainObject)):
                _visit(value, full, tree, depth - 1, budget)
            elif group != "_modules" and isinstance(value, TensorRecord):
                tree.tensors[full] = value
                if group == "_buffers" and name in ("weight", "bias"):
                    tree.frozen.add(full)
            else:
                raise DamagedFileError(f"{full} is {shorten(value)} instead of a module or tensor")


def _is_name(name: Any) -> bool:
    """Whether a part's name is made of letters, digits and underscores, as module names are."""
    return isinstance(name, str) and len(name) <= 100 and name.replace("_", "0").isalnum()
