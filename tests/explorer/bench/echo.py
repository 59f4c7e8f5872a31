"""A program for test_parts: says what it was given."""

import os

from explorer.bench.apart import answer


def work(a):
    return [a, os.environ["ECHO"]]


if __name__ == "__main__":
    answer(work)
