"""Reading model files of every supported kind without running anything from them."""
