"""What `bench` measures: this machine, networks, parts of them, the window, the start.

    machine.py     what it is, and how fast it multiplies and copies
    clock.py       interleaved rounds, medians
    networks.py    pictures of the standard networks, each implementation
    partial.py     what a change costs when earlier activations are kept
    peers.py       the same network exported and run by OpenVINO, with AVX2 only as well
    previews.py    how soon a drag shows something
    many.py        a grid against its pictures one at a time
    memory.py      the peak of a picture
    training.py    seconds per thousand pictures, native against plain PyTorch
    apart.py       what is measured in processes of their own
    window.py      frame times while pictures are rendered; upload
    startup.py     from `python main.py` to the window and the first picture
    parts.py       the order of all this, and how much of each
    report.py      all of it, as JSON and as tables.py puts it for people

Ratios within one run are what counts: machines differ and are shared.
"""
