"""How near made pictures are to real ones.

names.py       which measures there are
split.py       which real pictures are compared with which
frechet.py     Gaussians fitted to features, and the Fréchet distance between two of them
mobilenet.py   features of a network trained on ImageNet photos
features.py    the features behind each measure, of many pictures one by one
"""
