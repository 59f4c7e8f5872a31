"""Reading a model file into inert descriptions: the one entry for every supported format."""

from networks.errors import DamagedFileError, ModelFileError
from networks.files.formats import ModelFile
from networks.files.found import FoundModel
from networks.files.globals import AllowList
from networks.files.machine import Machine, Meter
from networks.files.opcodes import interpret
from networks.files.recognise.pytorch import recognise
from networks.files.safe import read_safe
from networks.info import Source


def read_found(file: ModelFile) -> FoundModel:
    """Tell what an open file holds; nothing in it is run. Raises ModelFileError naming the file."""
    try:
        found = read_safe(file.data) if file.kind == "safetensors" else read_pickle(file.data)
    except ModelFileError as error:
        raise error.in_file(file.name) from None
    except (RecursionError, MemoryError):
        raise DamagedFileError(
            "it is nested too deeply or too large for this computer", file_name=file.name
        ) from None
    if found.source is None:
        found.source = Source(file.name, file.digest())
    return found


def read_pickle(data: memoryview) -> FoundModel:
    """Read a pickle: interpret it, then recognise its networks."""
    meter = Meter.start(len(data))
    names = AllowList(meter)
    machine = Machine(data, names.resolve, meter)
    found = recognise(interpret(machine))
    if machine.position < len(data):
        extra = len(data) - machine.position
        found.notes.append(f"{extra:,} bytes after the end of the pickle are ignored")
    return found
