"""A window of its own that watches runs: a model without a window, and a thin view over it.

reading.py and model.py turn run folders into frozen snapshots, in a thread; choice.py holds what
the user picked; series.py and timelapse.py say what follows from both; view/ draws it with Dear
PyGui.
Nothing here imports torch, and only view/ imports Dear PyGui.
"""
