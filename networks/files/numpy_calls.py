"""What numpy's pickles call: dtypes, scalars and arrays, built as inert records.

`_reconstruct` and `scalar` are the forms of protocols 2 to 4, `_frombuffer` that of protocol 5.
"""

from typing import Any

from networks.errors import DamagedFileError, UnsafeFileError
from networks.files.arrays import DTYPES, checked_shape, numpy_code, scalar_value, shorten
from networks.files.records import (
    Arguments,
    ArrayRecord,
    DtypeRecord,
    Global,
    refuse_arguments,
)


def dtype(arguments: Arguments) -> DtypeRecord:
    if not 1 <= len(arguments) <= 3:
        refuse_arguments("a numpy dtype", arguments)
    return DtypeRecord(numpy_code(arguments[0]))


def build_dtype(dtype: DtypeRecord, state: object) -> None:
    """Apply numpy's dtype state (version, byte order, ...): only the byte order may vary."""
    if (
        dtype.built
        or not isinstance(state, tuple)
        or not 2 <= len(state) <= 9
        or any(item is not None for item in state[2:5])
    ):
        raise UnsafeFileError("a numpy dtype is structured; only plain numbers belong in a model")
    if state[1] not in ("<", "|", "=", ">"):
        raise DamagedFileError(f"a numpy dtype has byte order {shorten(state[1])}")
    dtype.little_endian = state[1] != ">"
    dtype.built = True


def scalar(arguments: Arguments) -> float | int | bool:
    if (
        len(arguments) != 2
        or not isinstance(arguments[0], DtypeRecord)
        or not isinstance(arguments[1], memoryview)
    ):
        refuse_arguments("a numpy number", arguments)
    kind, data = arguments
    return scalar_value(kind.code, data, little_endian=kind.little_endian)


def empty_array(arguments: Arguments) -> ArrayRecord:
    if (
        len(arguments) != 3
        or not isinstance(arguments[0], Global)
        or arguments[0].name != "numpy.ndarray"
    ):
        refuse_arguments("a numpy array", arguments)
    return ArrayRecord()


def build_array(array: ArrayRecord, state: object) -> None:
    """Apply numpy's array state: (version, shape, dtype, is_fortran, bytes)."""
    if array.dtype is not None or not isinstance(state, tuple) or len(state) != 5:
        raise DamagedFileError("a numpy array has a state that numpy does not write")
    _, shape, dtype, fortran, data = state
    _fill_array(array, data, dtype, shape, fortran is True)


def array_from_buffer(arguments: Arguments) -> ArrayRecord:
    """numpy's protocol 5 form: (bytes, dtype, shape, order)."""
    if len(arguments) != 4 or arguments[3] not in ("C", "F"):
        refuse_arguments("a numpy array", arguments)
    data, dtype, shape, order = arguments
    array = ArrayRecord()
    _fill_array(array, data, dtype, shape, order == "F")
    return array


def _fill_array(array: ArrayRecord, data: Any, dtype: Any, shape: Any, fortran: bool) -> None:
    if isinstance(data, list):
        raise UnsafeFileError("a numpy array holds objects; only numbers belong in a model file")
    if not isinstance(dtype, DtypeRecord) or not isinstance(data, memoryview):
        raise DamagedFileError(f"a numpy array is made of {shorten(dtype)} and {shorten(data)}")
    if not dtype.little_endian and DTYPES[dtype.code] > 1:
        raise DamagedFileError("a numpy array is big endian, which no release has written")
    expected = DTYPES[dtype.code]
    for size in checked_shape(shape):
        expected *= size
    if expected != len(data):
        raise DamagedFileError(
            f"a numpy array of shape {shorten(shape)} needs {expected:,} bytes, "
            f"but {len(data):,} are stored"
        )
    array.dtype, array.shape, array.fortran, array.data = dtype.code, shape, fortran, data
