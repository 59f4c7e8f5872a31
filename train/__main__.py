"""`python -m train RUN`: work on a run folder until it ends; what the launcher starts.

Several machines: make the run with `python main.py train ... --gpus N --no-start`, then, on each,

    torchrun --nnodes 2 --nproc_per_node N/2 --rdzv_backend c10d --rdzv_endpoint HOST:29500 \\
        -m train RUN

with RUN on a disk that all of them share.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from train.priority import lower_priority


def main() -> int:
    """Run; the exit code is 0 unless the run failed."""
    parser = argparse.ArgumentParser(prog="python -m train", description="Work on a training run.")
    parser.add_argument("run", metavar="RUN", help="the folder of a run")
    parser.add_argument("--nice", action="store_true", help="leave the machine to others")
    parser.add_argument("--queue", action="store_true", help="then start the next in the queue")
    arguments = parser.parse_args()
    run = Path(arguments.run)
    if arguments.nice:
        lower_priority()
    # Torch is slow to import: only now.
    from train.worker import work

    code = work(run)
    if arguments.queue and int(os.environ.get("RANK", "0")) == 0:
        from train.launcher import start_next

        start_next(run.parent)
    return code


if __name__ == "__main__":
    sys.exit(main())
