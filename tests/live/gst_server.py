"""A real RTSP server: GStreamer's. Run by the system's Python, which has its bindings; loops an Annex-B file.

/usr/bin/python3 gst_server.py PORT FILE [--auth user:password] [--digest] [--only tcp|udp]
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

FPS = 25
ROLE = "viewer"
LAUNCH = (
    "( appsrc name=src is-live=true format=time block=false caps=video/x-h264,stream-format=byte-stream,"
    f"alignment=au,framerate={FPS}/1 ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


def access_units(path: str) -> list[bytes]:
    """Return the pictures of an Annex-B file, each with what comes before its first slice."""
    data = Path(path).read_bytes()
    starts = [match.start() for match in re.finditer(b"\x00\x00\x01", data)]
    units, unit, has_slice = [], b"", False
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        kind = data[start + 3] & 31
        if has_slice and kind in (1, 5, 6, 7, 9):
            units.append(unit)
            unit, has_slice = b"", False
        has_slice = has_slice or kind in (1, 5)
        unit += b"\x00" + data[start:end].rstrip(b"\x00")
    return [*units, unit]


def feed(media: GstRtspServer.RTSPMedia, units: list[bytes]) -> None:
    """Give a new viewer the pictures from the first one on, paced by their stamps."""
    source = media.get_element().get_child_by_name("src")
    count = 0

    def push(element: Gst.Element, _length: int) -> None:
        nonlocal count
        buffer = Gst.Buffer.new_wrapped(units[count % len(units)])
        buffer.pts = buffer.dts = count * Gst.SECOND // FPS
        buffer.duration = Gst.SECOND // FPS
        count += 1
        element.emit("push-buffer", buffer)

    source.connect("need-data", push)


def protect(server: GstRtspServer.RTSPServer, factory: GstRtspServer.RTSPMediaFactory, user: str, digest: bool) -> None:
    """Ask for a user and a password."""
    name, _, password = user.partition(":")
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    if digest:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(name, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(name, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    for kind in ("access", "construct"):
        permissions.add_permission_for_role(ROLE, f"media.factory.{kind}", True)
    factory.set_permissions(permissions)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("file")
    parser.add_argument("--auth", default="")
    parser.add_argument("--digest", action="store_true")
    parser.add_argument("--only", choices=["tcp", "udp"])
    options = parser.parse_args()
    Gst.init(None)
    units = access_units(options.file)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(LAUNCH)
    factory.set_shared(True)
    factory.connect("media-configure", lambda _factory, media: feed(media, units))
    if options.only:
        factory.set_protocols(getattr(GstRtsp.RTSPLowerTrans, options.only.upper()))
    if options.auth:
        protect(server, factory, options.auth, options.digest)
    server.get_mount_points().add_factory("/x", factory)
    if server.attach(None) == 0:
        sys.exit("the port is taken")
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
