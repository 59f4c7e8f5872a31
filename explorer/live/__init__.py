"""What is on the canvas, to a file or a virtual camera while it changes; no torch, no imgui."""
