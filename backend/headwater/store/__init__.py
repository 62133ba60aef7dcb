"""Where are graphs, jobs and their large arrays kept? Tables and queries over SQL, blobs as files.

Start at `tables.py` (what is stored) and `database.py` (how a transaction is had). Functions
take a session and never commit: whoever opened `database.writing()` owns the transaction.
"""
