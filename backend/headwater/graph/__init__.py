"""What does the circuit look like, and how far can it be trusted?

Start at `graph.Graph`: nodes and edges as numpy columns, no model needed. `influence`
says how much flows where, `prune` picks what to show, `scores` how far to trust it,
`codec` writes and reads the files, `export/` speaks other tools' formats.
"""
