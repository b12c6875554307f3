"""What a network says of clips before it finds words, as plain arrays: enough for all that follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the CNN and the recogniser say of B clips of up to T frames; fp32."""

    pooled: NDArray[np.float32]
    """``(B, T, D)`` mean of each frame's grid, 0 behind a clip's last frame."""
    num_frames: NDArray[np.intp]
    """``(B,)`` how many frames each clip has."""
    cells: NDArray[np.float32]
    """``(B, D, h*w)`` grids averaged over a clip's frames."""
    mean_max: NDArray[np.float32]
    """``(B, 2 * D)`` mean and maximum over cells, averaged over frames."""
    imagenet: NDArray[np.float32]
    """``(B, 1000)`` averaged over frames."""
    known: NDArray[np.float32] | None = None
    """``(B, C)`` probabilities of concepts; None where the network knows none."""

    @property
    def frame_mask(self) -> NDArray[np.bool_]:
        """``(B, T)`` True where there is a frame."""
        mask: NDArray[np.bool_] = np.arange(self.pooled.shape[1]) < self.num_frames[:, None]
        return mask
