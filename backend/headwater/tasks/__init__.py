"""Which behaviour is explained? A task: examples of clean and patch prompts with their answers.

Start with `task.py` (the words), then `resolve.py` (text to token ids, and what had to be dropped), `read.py`
(every file format that is understood) and `bundled.py` (the tasks that come with a model). No torch here.
"""
