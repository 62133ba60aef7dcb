"""What do sparse features see here? Reading SAEs and transcoders, and applying them.

Start at `dictionary.Dictionary` (one layer) and `load.load_set` (files to a `DictionarySet`).

Axis names besides those of `lm/frozen.py`: `feature` (row of a dictionary), `d_in` and `d_out`
(widths of the places it reads and writes), `active` (one per active feature and position).
"""
