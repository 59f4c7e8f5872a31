"""Settings over time: keys, what lies between them, and recipes that set them. No torch, no imgui.

`explorer.timeline.evaluate.settings_at(settings, time)` is the whole of it: a picture of a video is
the picture of the settings at its time, made by the same pipeline as every other.
"""
