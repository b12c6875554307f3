"""Manifests of training and evaluation data: which pictures and videos there are, and what people said of
them.

Two forms are read: our JSON Lines, one item a line ::

    {"video": "clips/a.mp4", "captions": ["A man runs."], "split": "train", "start_s": 1.5, "end_s": "0:07"}
    {"image": "images/b.jpg", "captions": ["A red bus.", "A bus on a street."], "scene": "in a town"}

with paths relative to the manifest, and the captions JSON of COCO (``images`` and ``annotations``) with a
folder of pictures. Keys of a line that are not ours and hold strings (``id``, ``url``, ``source``,
``license`` and ``author`` aside) are weaker text about the item, kept by name in ``Item.texts``.
"""

from __future__ import annotations

from vidcap.manifests.item import KINDS, Item
from vidcap.manifests.lines import read_text_lines
from vidcap.manifests.reader import read_manifest, select_split
from vidcap.manifests.writer import write_manifest

__all__ = ["KINDS", "Item", "read_manifest", "read_text_lines", "select_split", "write_manifest"]
