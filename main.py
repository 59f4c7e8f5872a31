"""Start the explorer or one of its commands; `python main.py --help` lists them.

This file has to be readable for old Pythons too, so that they can say what they lack.
"""

import os
import sys

# ruff: noqa: UP031 - formatting that old Pythons know

if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "Python 3.11 or newer is needed, this is %d.%d; install a newer one from "
        "https://www.python.org/downloads/ and start main.py with it.\n" % sys.version_info[:2]
    )
    sys.exit(1)


def main(argv):
    """Run the command line in an environment that has what it needs; return the exit code."""
    from explorer import cli
    from explorer.errors import LauncherError
    from explorer.launcher import ensure_environment

    try:
        extras = cli.extras_needed(argv)
        if extras is not None:
            ensure_environment(extras)
        return cli.main(argv)
    except LauncherError as error:
        sys.stderr.write("%s\n" % error)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    # Before torch is there: threads of OpenMP that wait at full speed take the processor from the
    # kernels' own, which made pictures half as fast again on two processors.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(main(sys.argv[1:]))
