"""What happens when features are switched off, scaled or set? Predicted by the linear graph, then measured.

`plan` is data (no torch); `run.intervene` carries it out; `predict` is the linear forecast beside it.
"""
