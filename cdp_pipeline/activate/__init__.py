"""Activation: files that platforms accept, with nobody in them who did not allow it.

What belongs here: the configuration of activations as rows, and the writing of machine files. What does
not: who may be sent (plain SQL in `dbt_like_sql/activate/`) and delivery.
"""

from cdp_pipeline.activate.files import WrittenFile, write_activation_files

__all__ = ["WrittenFile", "write_activation_files"]
