"""Who computes, and how does nothing get lost? A ledger in SQL, one worker process, its supervisor.

`ledger.py` holds the rules (lease, fencing token, single flight), `supervisor.py` runs in the
server, `worker.py` is the child process, `tasks.py` what it does. Only the last two import torch.
"""
