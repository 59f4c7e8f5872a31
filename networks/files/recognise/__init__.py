"""Which network a file holds, told from its tensors and settings rather than from its names."""
