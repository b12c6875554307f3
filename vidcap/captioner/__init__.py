"""Joins the stages: a video becomes captions and cues. The protocol that other captioners implement is here too.

``config`` holds all settings, ``flow`` the plain tools for streams, ``film`` one video on its way through the
stages, ``api`` the calls that users make.
"""

from vidcap.captioner.api import Captioner, caption, caption_file, find_shots
from vidcap.captioner.config import CaptionConfig, FlowConfig, option_names
from vidcap.captioner.film import Describer, Film, cues_of
from vidcap.captioner.flow import Tap, batched, prefetch, untapped
from vidcap.captioner.late import LateDescriber

__all__ = [
    "CaptionConfig",
    "Captioner",
    "Describer",
    "Film",
    "FlowConfig",
    "LateDescriber",
    "Tap",
    "batched",
    "caption",
    "caption_file",
    "cues_of",
    "find_shots",
    "option_names",
    "prefetch",
    "untapped",
]
