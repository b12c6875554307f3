"""The rules of DAPT that concern what is written here, checked without anything of vidcap's.

From https://www.w3.org/TR/dapt/ and https://www.w3.org/TR/ttml2/: which elements may stand where, which attributes they
must and may have, and what their values look like.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

TT = "{http://www.w3.org/ns/ttml}"
TTM = "{http://www.w3.org/ns/ttml#metadata}"
TTP = "{http://www.w3.org/ns/ttml#parameter}"
DAPTM = "{http://www.w3.org/ns/ttml/profile/dapt#metadata}"
XML = "{http://www.w3.org/XML/1998/namespace}"

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*|x(-[A-Za-z0-9]{1,8})+")
_ID = re.compile(r"[A-Za-z_][\w.-]*")
_TIME = re.compile(r"\d{2,}:[0-5]\d:[0-5]\d(\.\d+)?|\d+(\.\d+)?(h|m|s|ms|f|t)")
_REPRESENTS = re.compile(r"(audio|visual)(\.(dialogue|nonDialogueSounds|nonText|text)(\.[\w-]+)*)?")
_SCRIPT_TYPES = {"originalTranscript", "translatedTranscript", "preRecording", "asRecorded"}
_DESCRIPTION = re.compile(r"pronunciationNote|scene|plotSignificance|x-[\w-]+")

CHILDREN = {
    f"{TT}tt": [f"{TT}head", f"{TT}body"],
    f"{TT}head": [f"{TT}metadata", f"{TTM}title"],
    f"{TT}metadata": [f"{TTM}title", f"{TTM}desc"],
    f"{TT}body": [f"{TT}metadata", f"{TT}div"],
    f"{TT}div": [f"{TT}metadata", f"{TTM}desc", f"{TT}div", f"{TT}p"],
    f"{TT}p": [f"{TT}metadata", f"{TTM}desc", f"{TT}span", f"{TT}br"],
}
"""In the order in which they must stand (in p they may be mixed)."""
HOLDS_TEXT = {f"{TT}p", f"{TT}span", f"{TTM}title", f"{TTM}desc"}
ATTRIBUTES = {
    f"{TT}tt": {f"{XML}lang", f"{TTP}contentProfiles", f"{TTP}timeBase"}
    | {f"{DAPTM}{name}" for name in ("scriptRepresents", "scriptType", "langSrc")},
    f"{TT}div": {f"{XML}id", "begin", "end", f"{DAPTM}represents", f"{DAPTM}onScreen"},
    f"{TT}p": {"begin", "end", f"{DAPTM}langSrc"},
    f"{TTM}desc": {f"{DAPTM}descType"},
}


def breaches(document: str) -> list[str]:
    """Return what is wrong with a document; [] if nothing is."""
    try:
        root = ET.fromstring(document.encode())
    except ET.ParseError as error:
        return [f"not XML: {error}"]
    return [*_root(root), *_structure(root), *_events(root)]


def _root(root: ET.Element) -> Iterator[str]:
    if root.tag != f"{TT}tt":
        yield f"the root is {root.tag}"
    if not _LANGUAGE.fullmatch(root.get(f"{XML}lang") or ""):
        yield "xml:lang is no language"
    if "http://www.w3.org/ns/ttml/profile/dapt1.0/content" not in (root.get(f"{TTP}contentProfiles") or "").split():
        yield "ttp:contentProfiles does not name DAPT"
    if root.get(f"{TTP}profile") is not None:
        yield "ttp:profile is not allowed"
    if root.get(f"{TTP}timeBase", "media") != "media":
        yield "times must be of the media"
    represented = (root.get(f"{DAPTM}scriptRepresents") or "").split()
    if not represented or not all(map(_REPRESENTS.fullmatch, represented)):
        yield "daptm:scriptRepresents says nothing known"
    if root.get(f"{DAPTM}scriptType") not in _SCRIPT_TYPES:
        yield "daptm:scriptType is unknown"
    if not _LANGUAGE.fullmatch(root.get(f"{DAPTM}langSrc") or ""):
        yield "daptm:langSrc is no language"


def _structure(element: ET.Element) -> Iterator[str]:
    allowed = CHILDREN.get(element.tag, [])
    places = [allowed.index(child.tag) if child.tag in allowed else -1 for child in element]
    if -1 in places:
        yield f"{element[places.index(-1)].tag} in {element.tag}"
    if element.tag != f"{TT}p" and places != sorted(places):
        yield f"children of {element.tag} out of order"
    for name in set(element.attrib) - ATTRIBUTES.get(element.tag, set()) - {f"{XML}lang", f"{XML}space"}:
        yield f"{name} on {element.tag}"
    loose = [element.text, *(child.tail for child in element)]
    if element.tag not in HOLDS_TEXT and any((text or "").strip() for text in loose):
        yield f"text in {element.tag}"
    for child in element:
        yield from _structure(child)


def _events(root: ET.Element) -> Iterator[str]:
    scripted = (root.get(f"{DAPTM}scriptRepresents") or "").split()
    names = [element.get(f"{XML}id") for element in root.iter() if element.get(f"{XML}id") is not None]
    if len(names) != len(set(names)):
        yield "an xml:id is there twice"
    for event in root.iterfind(f"{TT}body/{TT}div"):
        if not _ID.fullmatch(event.get(f"{XML}id") or ""):
            yield "an event without a name"
        if not all(_TIME.fullmatch(event.get(name) or "") for name in ("begin", "end")):
            yield "an event without times"
        if event.get(f"{DAPTM}represents", scripted[0] if scripted else "") not in scripted:
            yield "an event represents what the script does not"
        for note in event.iter(f"{TTM}desc"):
            if not _DESCRIPTION.fullmatch(note.get(f"{DAPTM}descType", "scene")):
                yield "daptm:descType is unknown"
