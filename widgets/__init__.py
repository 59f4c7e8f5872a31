"""Panels and controls of the explorer: a widget is a function, value in, value out.

They know imgui, the settings and what a panel may look at; never torch, the worker or the window.
"""
