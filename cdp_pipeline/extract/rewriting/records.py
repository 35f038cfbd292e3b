"""Which records go, as every kind of file takes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Records = NDArray[np.int64]
"""Lines on which records begin, or rows, as `line` of the raw tables has them: from 1, sorted, each once."""
