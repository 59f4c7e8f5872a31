"""`fuzz [MODELS]`: feed broken copies of model files to the readers and check what they promise.

Every copy must end in a ModelFileError sentence or in a model whose tensors equal the file's bytes,
within 10 seconds and 4 times the file's size + 200 MB, and nothing in it may run. The models are
read in a process of their own, with its address space limited; a second, independent reader says
what the bytes are.
"""

from __future__ import annotations

import argparse
import importlib.util
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from explorer.errors import UserError

HELP = "Feed broken copies of model files to the readers and check what they promise."
_PROJECT = Path(__file__).resolve().parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "models", metavar="MODEL", nargs="*", help="pickles to break; default: the golden ones"
    )
    parser.add_argument("--count", type=int, default=20_000, help="copies of each (20000)")
    parser.add_argument(
        "--seed", type=int, default=0, help="which copies: equal seeds, equal bytes"
    )


def run(arguments: argparse.Namespace) -> int:
    """Fuzz each model in turn; 1 if any promise was broken."""
    if importlib.util.find_spec("resource") is None:
        raise UserError("this system cannot limit a process's memory; use Linux or macOS")
    models = [Path(model) for model in arguments.models] or default_models()
    missing = [str(model) for model in models if not model.is_file()]
    if missing:
        raise UserError(f"{', '.join(missing)}: no such file")
    if not models:
        raise UserError("there are no golden models beside this copy; name the models to break")
    broken = 0
    print(f"{'model':32} {'copies':>7}  outcomes")
    for model in models:
        outcomes, problems, secs = fuzz_model(model, arguments.count, arguments.seed)
        broken += len(problems)
        counts = ", ".join(f"{name} {count:,}" for name, count in outcomes.most_common())
        print(f"{model.name:32} {sum(outcomes.values()):7,}  {counts}; {secs:.0f} s", flush=True)
        for problem in problems[:20]:
            print(f"  BROKEN PROMISE {problem}", flush=True)
    print(f"{broken} broken promises" if broken else "every promise kept")
    return 1 if broken else 0


def default_models() -> list[Path]:
    """The golden pickles, where there are any."""
    return sorted((_PROJECT.parent / "shared" / "golden" / "pytorch").glob("*.pkl"))


def fuzz_model(model: Path, count: int, seed: int) -> tuple[Counter[str], list[str], float]:
    """Break one model `count` times.

    Returns (outcome -> how often, broken promises, seconds). A reader that dies takes its process
    with it; that copy counts as a broken promise and the next one gets a new process.
    """
    context = multiprocessing.get_context("spawn")
    outcomes: Counter[str] = Counter()
    problems: list[str] = []
    start = time.monotonic()
    index = 0
    while index < count:
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(theirs, str(model), index, count, seed))
        process.start()
        theirs.close()
        index = _collect(ours, index, outcomes, problems, model.name, count)
        process.join()
        if index < count:
            problems.append(f"copy {index}: the process ended with code {process.exitcode}")
            outcomes["process died"] += 1
            index += 1
    return outcomes, problems, time.monotonic() - start


def _collect(
    connection: Connection,
    index: int,
    outcomes: Counter[str],
    problems: list[str],
    name: str,
    count: int,
) -> int:
    """Receive results until the process ends; return the first copy without one."""
    try:
        while index < count:
            outcome, problem = connection.recv()
            outcomes[outcome] += 1
            if problem is not None:
                problems.append(f"copy {index}: {problem}")
            index += 1
            if index % 500 == 0:
                print(f"{name}: {index:,} of {count:,}", file=sys.stderr, flush=True)
    except EOFError:
        pass
    return index


def _work(connection: Connection, model: str, first: int, count: int, seed: int) -> None:
    """The reading process."""
    from tests.networks.files.breaking import Breaker
    from tests.networks.files.promises import Watch

    data = Path(model).read_bytes()
    breaker = Breaker(data, seed)
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(data, Path(folder))
        for index in range(first, count):
            connection.send(watch.check(breaker.copy(index)))
    connection.close()
