"""From a request to pixels: the worker thread, the pipeline and what they are made of."""
