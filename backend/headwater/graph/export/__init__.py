"""Graphs in files that other tools and people read. One file per format.

`headwater` is ours, versioned JSON that opens without the model; `neuronpedia` is the JSON
of circuit-tracer and Neuronpedia; `npz` is the raw matrix for checking.
"""
