"""`python -m explorer.video JOB`: the process of one video job; at its end it starts the next."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from train.priority import VIDEO_NICE, lower_priority


def main() -> int:
    """Run; the exit code is 0 unless the job failed."""
    parser = argparse.ArgumentParser(
        prog="python -m explorer.video", description="Work on a video job, at low priority."
    )
    parser.add_argument("job", metavar="JOB", help="the folder of a job")
    folder = Path(parser.parse_args().job)
    lower_priority(VIDEO_NICE)
    from explorer.video.launcher import start_next
    from explorer.video.worker import work

    code = work(folder)
    start_next(folder.parent)
    return code


if __name__ == "__main__":
    sys.exit(main())
