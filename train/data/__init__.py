"""From pictures of any kind to batches: sources, doctor, writer, data set, loader.

choices.py      what the person can choose about an import, as one frozen value
sources/        folders, zips, videos, arrays, CIFAR-10 and MNIST as numbered pictures
demo/           demonstration sets by name, every picture a function of its number
pictures.py     one file's bytes -> pixels, or the reason in words
labels.py       labels from dataset.json or from sub-folders
doctor.py       looks at every picture; says what is wrong and what will be done about it
near.py         near-duplicates
verdict.py      what is used and how, from what the doctor saw
report.py       what the doctor found
crop.py         crop, resize, channels; preview of one picture
writer.py       the zip + dataset.json form that StyleGAN's tools read
png.py          stored PNGs, written and read fast
bounds.py       what an archive may ask for
parallel.py     work over many pictures on all cores, in order
store.py        the files of a finished data set, read from many threads
memory.py       how much of it may be used
dataset.py      a finished data set: pictures and labels by number
sampler.py      in which order training sees them
loader.py       batches ahead of the step; the only file here that needs torch
"""
