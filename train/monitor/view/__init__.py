"""The monitor's window, drawn with Dear PyGui: panels that show a snapshot and report clicks."""
