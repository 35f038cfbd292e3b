"""Exports that lie elsewhere: fetched to a private mirror on local disk before anything is read.

What belongs here: reaching a store, listing it, mirroring it. What does not: reading the files (readers).
"""

from cdp_pipeline.extract.remote.mirror import Fetched, MirrorState, fetch_landing, read_state
from cdp_pipeline.extract.remote.watch import is_mirrored, view_store

__all__ = ["Fetched", "MirrorState", "fetch_landing", "is_mirrored", "read_state", "view_store"]
