"""How do browsers and scripts reach all this? FastAPI, one router per word; `app.py` assembles.

Nothing here imports torch: model work is asked of the worker process (see `headwater.jobs`).
"""
