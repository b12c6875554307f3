"""The page of a live narration: what the camera sees, what is said of it, and how the work goes."""

from vidcap.web.config import Address, WebConfig, parse_address
from vidcap.web.sink import WebSink

__all__ = ["Address", "WebConfig", "WebSink", "parse_address"]
