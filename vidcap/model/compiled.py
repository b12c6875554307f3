"""Graphs of OpenVINO, compiled for a share of the processor and called from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcap.model.cores import Share
from vidcap.model.graph import Lite0Weights, lite0_graphs
from vidcap.model.quiet import openvino_core
from vidcap.types import Pixels

Arrays = Sequence[NDArray[Any]]
FINE_BLOCKS = 3
"""Blocks of the packaged CNN that stay in fp32 where the others run in bf16; biases always do."""
_IN_CACHE = 4
"""Pictures that one call is given: what the first layers make of more does not fit in a core's share of the cache."""
_FINE_AT_ONCE, _COARSE_AT_ONCE = 1, 8
"""The same of a CNN in two graphs: of one picture the first layers make megabytes, of eight the later ones as much."""
_TAKEN = np.uint32(0x7FC0ACED)
"""Bits of a number that no arithmetic makes: a NaN of our own."""
_SHORT_OF_MEANS = ("Resource temporarily unavailable", "Cannot allocate memory", "bad alloc", "bad_alloc")
_first_call = threading.RLock()


class Compiled:
    """A graph, compiled, whose first input and output have as many rows; what it returns is the caller's.

    Each copy has one stream, so a call is worked on by the thread that makes it. With more streams OpenVINO hands each
    call to a thread of its own: the decoder of sentences makes thousands of short ones, and on busy cores each would
    wait to be scheduled twice. Two workers share a copy: while one finds words the other looks at pictures.

    The first call of each is made alone: what OpenVINO's Python side makes ready once, in two threads that begin
    together, each of them waits for the other for ever (one holds a C++ guard and wants the interpreter, the other the
    reverse).

    Requests go from call to call, whatever thread makes it, and are never a thread's own: one that ended with its
    thread just as the interpreter ends would end the process (``std::terminate``: it waits for the interpreter where
    C++ can't be left).
    """

    def __init__(self, model: Any, precision: str, share: Share) -> None:
        self._model, self._precision, self._threads = model, precision, share.threads
        self._copies = [self._copy()]
        self._most_copies = max(1, share.workers // 2)
        self._idle: list[Any] = []
        self._num_requests = 0
        self._is_ready = False

    def _copy(self) -> Any:
        options = {
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # the decoder's threads may be on any core
            "INFERENCE_PRECISION_HINT": self._precision,
        }
        with _first_call:
            return _compile(self._model, options)

    def __call__(self, arrays: Arrays) -> list[NDArray[Any]]:
        """Return what the graph makes of arrays, which must be contiguous."""
        if not self._is_ready:
            with _first_call:
                found = self._infer(arrays)
                self._is_ready = True
                return found
        return self._infer(arrays)

    def _infer(self, arrays: Arrays) -> list[NDArray[Any]]:
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._request()
        try:
            # Of a list OpenVINO's Python side asks first whether it is one array written as numbers, for 0.1 ms.
            found = request.infer(tuple(arrays), share_inputs=True, share_outputs=True)
            outputs = [_taken(value) for value in found.values()]
            if len(outputs[0]) != len(arrays[0]):  # it went on with the sizes of the call before
                raise MemoryError("OpenVINO got no memory")
            return outputs
        finally:
            self._idle.append(request)

    def _request(self) -> Any:
        """Return a request for one more call at the same time; copies are made as these come."""
        with _first_call:
            place = self._num_requests % self._most_copies
            self._num_requests += 1
            if place == len(self._copies):
                self._copies.append(self._copy())
            return self._copies[place].create_infer_request()


def _taken(output: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a copy of what is in a request's own memory, which is used again, and mark that as taken.

    Where the system gives no memory OpenVINO (2026.4) returns as if nothing were wrong, and the outputs are those of
    the call before, or empty: MemoryError then. The process had better end: OpenVINO may end it at the next call.
    """
    copy = output.copy()
    if not copy.size or copy.reshape(-1)[:1].view(np.uint32)[0] == _TAKEN:
        raise MemoryError("OpenVINO got no memory")
    output.reshape(-1)[:1].view(np.uint32)[0] = _TAKEN
    return copy


def _compile(model: Any, options: dict[str, Any]) -> Any:
    """Return a compiled graph; MemoryError where the system gives no memory or threads."""
    try:
        return openvino_core().compile_model(model, "CPU", options)
    except RuntimeError as error:
        if any(words in str(error) for words in _SHORT_OF_MEANS):
            raise MemoryError("OpenVINO got no memory or threads") from error
        raise


def lite0_grids(weights: Lite0Weights, precision: str, share: Share) -> Callable[[Pixels], NDArray[np.float32]]:
    """Return the packaged CNN run by OpenVINO, as two graphs where precision is mixed.

    It makes pictures ``(N, H, W, 3)`` into grids ``(N, D, h, w)``, fp32.
    """
    compiled: dict[int, list[Compiled]] = {}
    lock = threading.Lock()

    def graphs(side_px: int) -> list[Compiled]:
        with lock:
            if side_px not in compiled:
                models = lite0_graphs(weights, side_px, FINE_BLOCKS if precision == "bf16" else None)
                kinds = zip(models, ("f32", "bf16"), strict=False)
                compiled[side_px] = [Compiled(model, kind, share) for model, kind in kinds]
            return compiled[side_px]

    def grids(pictures: Pixels) -> NDArray[np.float32]:
        parts = graphs(pictures.shape[1])
        return in_pieces(parts, pictures, (_IN_CACHE,) if len(parts) == 1 else (_FINE_AT_ONCE, _COARSE_AT_ONCE))

    return grids


def in_pieces(graphs: Sequence[Compiled], data: Pixels, most: Sequence[int] = (_IN_CACHE,)) -> NDArray[np.float32]:
    """Return what graphs, one after another, make of pictures; each is given ``most`` at once."""
    *before, last = graphs
    done: NDArray[np.float32] | None = None
    for at in range(0, len(data), most[-1]):
        piece: NDArray[Any] = np.ascontiguousarray(data[at : at + most[-1]])
        (made,) = last([in_pieces(before, piece, most[:-1]) if before else piece])
        done = np.empty((len(data), *made.shape[1:]), np.float32) if done is None else done
        done[at : at + len(made)] = made
    assert done is not None, "no pictures"
    return done
