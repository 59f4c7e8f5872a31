"""What `bench` measures: this machine, networks, parts of them, the window, the start.

    machine.py     what it is, and how fast it multiplies and copies
    clock.py       interleaved rounds, medians
    networks.py    pictures of the standard networks, each implementation
    partial.py     what a change costs when earlier activations are kept
    peers.py       the same network exported and run by OpenVINO
    window.py      frame times while pictures are rendered; upload
    startup.py     from `python main.py` to the window and the first picture
    report.py      all of it, as a table and as JSON

Ratios within one run are what counts: machines differ and are shared.
"""
