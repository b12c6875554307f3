"""The figures of a narration for Prometheus, read when they are asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from vidcap.live import CueUpdate, LiveEvent, Snapshot, State, Tally
from vidcap.version import __version__
from vidcap.web.hub import Hub
from vidcap.web.store import Store

_COUNTERS = {
    "frames_in": "Frames that arrived from the source.",
    "frames_dropped": "Frames that were dropped because newer ones had come.",
    "clips": "Clips that the model was given.",
    "clips_dropped": "Clips that were dropped because the model could not keep up.",
    "cues": "Cues that were said.",
    "reconnects": "Connections that were lost and made again.",
}
_BUCKETS_S = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class Metrics(Collector):
    """A registry of its own, so that it meets no other metrics of the process it is used in."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self.registry = CollectorRegistry()
        self._store, self._hub = store, hub
        self._picture_at: float | None = None
        self._delay = Histogram(
            "vidcap_caption_delay_seconds",
            "From the arrival of the last frame of a cue to the cue.",
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self.registry.register(self)
        ProcessCollector(registry=self.registry)

    def take(self, event: LiveEvent) -> None:
        """Count what the figures of the session don't hold."""
        match event:
            case CueUpdate(delay_s=delay_s) if delay_s is not None:
                self._delay.observe(delay_s)
            case Snapshot():
                self._picture_at = time.monotonic()

    def collect(self) -> Iterator[Metric]:
        """Yield every figure as it is now."""
        yield InfoMetricFamily("vidcap", "The program.", {"version": __version__, "title": self._store.title})
        yield from self._source()
        tally = self._store.tally
        if tally is not None:
            yield from _session(tally)
        yield GaugeMetricFamily("vidcap_page_clients", "Pages that follow the narration now.", self._hub.clients)
        yield CounterMetricFamily(
            "vidcap_page_clients_seen", "Pages that began to follow the narration.", self._hub.clients_seen
        )

    def _source(self) -> Iterator[Metric]:
        now = self._store.state
        yield GaugeMetricFamily("vidcap_up", "1 while frames come in.", float(self._store.is_live))
        states = GaugeMetricFamily("vidcap_source_state", "1 for the state of the source.", labels=["state"])
        for state in State:
            states.add_metric([state.value], float(now is not None and now.state is state))
        yield states
        if now is not None:
            since_s = (datetime.now(UTC) - now.since).total_seconds()
            yield GaugeMetricFamily("vidcap_source_state_seconds", "How long it has been so.", max(0.0, since_s))
            yield GaugeMetricFamily("vidcap_source_attempt", "Attempts to connect since the last frame.", now.attempt)
        if self._picture_at is not None:
            age_s = time.monotonic() - self._picture_at
            yield GaugeMetricFamily("vidcap_picture_age_seconds", "Age of the latest picture.", age_s)


def _session(tally: Tally) -> Iterator[Metric]:
    for name, text in _COUNTERS.items():
        yield CounterMetricFamily(f"vidcap_{name}", text, getattr(tally, name))
    yield GaugeMetricFamily("vidcap_uptime_seconds", "How long the narration has run.", tally.uptime_s)
    yield GaugeMetricFamily("vidcap_media_seconds", "Media time seen.", float(tally.media_s))
    yield GaugeMetricFamily("vidcap_frames_per_second", "Frames that arrive a second.", tally.fps_in)
    delays = GaugeMetricFamily("vidcap_caption_delay_quantile_seconds", "Delay of recent cues.", labels=["quantile"])
    for quantile, delay_s in (("0.5", tally.delay_p50_s), ("0.95", tally.delay_p95_s)):
        if delay_s is not None:
            delays.add_metric([quantile], delay_s)
    yield delays
