"""The opcodes of pickle protocols 2 to 5 as a table: code -> what it does to a Machine.

Codes and their meaning are those of Python's `pickletools` documentation.
"""

import pickletools
import struct
from collections.abc import Callable, Sequence
from typing import Any

from networks.errors import DamagedFileError, UnsafeFileError
from networks.files.arrays import shorten
from networks.files.machine import Machine
from networks.files.numpy_calls import build_array, build_dtype
from networks.files.records import ArrayRecord, DtypeRecord, Global, PlainObject

Handler = Callable[[Machine], None]
STOP = ord(".")
_NAMES = {ord(opcode.code): opcode.name for opcode in pickletools.opcodes}
_MAX_KEY = 1 << 31  # integers used as keys; larger ones can be chosen to collide


def name_of(code: int) -> str:
    """The opcode's name in Python's documentation, for messages."""
    return f"the instruction {_NAMES[code]}" if code in _NAMES else f"0x{code:02x}"


def _constant(value: object) -> Handler:
    return lambda machine: machine.items.append(value)


def _fresh(make: Callable[[], object]) -> Handler:
    def handler(machine: Machine) -> None:
        machine.meter.take_object()
        machine.items.append(make())

    return handler


def _integer(size: int, signed: bool = False) -> Handler:
    def handler(machine: Machine) -> None:
        value = machine.number(size)
        if signed and value >> (8 * size - 1):
            value -= 1 << (8 * size)
        machine.items.append(value)

    return handler


def _long_integer(size: int) -> Handler:
    def handler(machine: Machine) -> None:
        count = machine.number(size)
        if count > machine.limits.integer_bytes:
            raise DamagedFileError(f"it holds an integer of {count:,} bytes")
        machine.items.append(int.from_bytes(machine.take(count), "little", signed=True))

    return handler


def _float(machine: Machine) -> None:
    machine.items.append(struct.unpack(">d", machine.take(8))[0])


def _text(size: int) -> Handler:
    return lambda machine: machine.items.append(machine.text(machine.number(size)))


def _data(size: int) -> Handler:
    def handler(machine: Machine) -> None:
        machine.meter.take_object()
        machine.items.append(machine.take(machine.number(size)))

    return handler


def _recall(size: int) -> Handler:
    return lambda machine: machine.recall(machine.number(size))


def _remember(size: int) -> Handler:
    return lambda machine: machine.remember(machine.number(size))


def _tuple(count: int) -> Handler:
    def handler(machine: Machine) -> None:
        items = machine.items
        if len(items) < count:
            raise IndexError
        items[-count:] = [tuple(items[-count:])]

    return handler


def _marked_tuple(machine: Machine) -> None:
    group = machine.close_mark()
    machine.items.append(tuple(group))


def _protocol(machine: Machine) -> None:
    version = machine.number(1)
    if not 2 <= version <= 5:
        raise DamagedFileError(f"it uses pickle protocol {version}; models use 2 to 5")


def _frame(machine: Machine) -> None:
    machine.open_frame(machine.number(8))


def _append(machine: Machine) -> None:
    value = machine.items.pop()
    _target(machine, list).append(value)


def _appends(machine: Machine) -> None:
    group = machine.close_mark()
    _target(machine, list).extend(group)


def _set_item(machine: Machine) -> None:
    value = machine.items.pop()
    key = machine.items.pop()
    _target(machine, dict)[_key(key)] = value


def _set_items(machine: Machine) -> None:
    group = machine.close_mark()
    target = _target(machine, dict)
    if len(group) % 2:
        raise IndexError
    for index in range(0, len(group), 2):
        target[_key(group[index])] = group[index + 1]


def _add_items(machine: Machine) -> None:
    group = machine.close_mark()
    _target(machine, set).update(_key(item) for item in group)


def _frozen_set(machine: Machine) -> None:
    machine.meter.take_object()
    group = machine.close_mark()
    machine.items.append(frozenset(_key(item) for item in group))


def _target(machine: Machine, kind: type) -> Any:
    target = machine.items[-1]
    if type(target) is not kind:
        raise DamagedFileError(
            f"at byte {machine.position:,} it adds items to {shorten(target)}, "
            f"not to a {kind.__name__}"
        )
    return target


def _pop(machine: Machine) -> None:
    machine.items.pop()


def _pop_group(machine: Machine) -> None:
    machine.close_mark()


def _key(key: object) -> object:
    """Accept short keys whose hashes cannot be chosen: names, small integers, None."""
    if type(key) is str or key is None or (type(key) in (int, bool) and -1 <= key < _MAX_KEY):  # type: ignore[operator]
        return key
    raise DamagedFileError(f"it uses {shorten(key)} as a key")


def _global(machine: Machine) -> None:
    module = machine.line()
    name = machine.line()
    machine.items.append(machine.find(module, name))


def _stack_global(machine: Machine) -> None:
    name = machine.items.pop()
    module = machine.items.pop()
    machine.items.append(machine.find(module, name))


def _reduce(machine: Machine) -> None:
    arguments = machine.items.pop()
    function = machine.items.pop()
    machine.items.append(machine.call(function, arguments))


def _new_object(machine: Machine) -> None:
    arguments = machine.items.pop()
    cls = machine.items.pop()
    machine.meter.take_object()
    if not isinstance(cls, Global) or cls.new is None or not isinstance(arguments, tuple):
        name = cls.name if isinstance(cls, Global) else shorten(cls)
        raise UnsafeFileError(f"it makes an instance of {name}, which no model file needs to do")
    machine.items.append(cls.new(arguments))


def _build(machine: Machine) -> None:
    state = machine.items.pop()
    target = machine.items[-1]
    machine.meter.take_object()
    if isinstance(target, ArrayRecord):
        build_array(target, state)
    elif isinstance(target, DtypeRecord):
        build_dtype(target, state)
    elif isinstance(target, PlainObject) and target.state is None and type(state) is dict:
        target.state = state
    elif type(target) is dict and type(state) is dict:
        pass  # attributes of a dict subclass; EasyDict keeps everything in its items
    else:
        raise DamagedFileError(f"it sets the state of {shorten(target)} to {shorten(state)}")


def _persistent(machine: Machine) -> None:
    identity = machine.items.pop()
    if machine.persistent is None:
        raise DamagedFileError("it refers to data kept outside the file")
    machine.items.append(machine.persistent(identity))


_TABLE: dict[bytes, Handler] = {
    b"\x80": _protocol,
    b"\x95": _frame,
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"J": _integer(4, signed=True),
    b"K": _integer(1),
    b"M": _integer(2),
    b"\x8a": _long_integer(1),
    b"\x8b": _long_integer(4),
    b"G": _float,
    b"X": _text(4),
    b"\x8c": _text(1),
    b"\x8d": _text(8),
    b"B": _data(4),
    b"C": _data(1),
    b"\x8e": _data(8),
    b"\x96": _data(8),
    b")": _constant(()),
    b"\x85": _tuple(1),
    b"\x86": _tuple(2),
    b"\x87": _tuple(3),
    b"t": _marked_tuple,
    b"]": _fresh(list),
    b"}": _fresh(dict),
    b"\x8f": _fresh(set),
    b"\x91": _frozen_set,
    b"a": _append,
    b"e": _appends,
    b"s": _set_item,
    b"u": _set_items,
    b"\x90": _add_items,
    b"(": Machine.open_mark,
    b"0": _pop,
    b"1": _pop_group,
    b"q": _remember(1),
    b"r": _remember(4),
    b"\x94": lambda machine: machine.remember(len(machine.memo)),
    b"h": _recall(1),
    b"j": _recall(4),
    b"c": _global,
    b"\x93": _stack_global,
    b"R": _reduce,
    b"\x81": _new_object,
    b"b": _build,
    b"Q": _persistent,
}

# Indexed by code; None = refused.
HANDLERS: list[Handler | None] = [_TABLE.get(bytes([code])) for code in range(256)]


def interpret(machine: Machine, handlers: Sequence[Handler | None] = HANDLERS) -> Any:
    """Interpret up to STOP and return the value on top of the stack.

    handlers: by code; None = refused. Others than models' are for data of other kinds.
    """
    data, end, meter = machine.data, machine.end, machine.meter
    max_items = machine.limits.stack_items
    code = -1
    try:
        while True:
            if machine.position >= end:
                raise DamagedFileError(
                    f"it ends at byte {end:,} in the middle of its contents; "
                    "download it again or ask for an intact copy"
                )
            code = data[machine.position]
            machine.position += 1
            meter.opcodes -= 1
            if meter.opcodes < 0:
                raise DamagedFileError(
                    f"it takes more than {machine.limits.opcodes:,} steps to read, "
                    "far more than any model"
                )
            if code == STOP:
                return machine.items.pop()
            handler = handlers[code]
            if handler is None:
                raise DamagedFileError(
                    f"byte {machine.position - 1:,} is {name_of(code)}, "
                    "which no model file contains"
                )
            handler(machine)
            if len(machine.items) > max_items:
                raise DamagedFileError(f"it stacks up more than {max_items:,} values")
    except IndexError:
        raise DamagedFileError(
            f"at byte {machine.position - 1:,}, {name_of(code)} needs a value that is not there"
        ) from None
