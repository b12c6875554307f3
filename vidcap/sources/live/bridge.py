"""Streams that the library's FFmpeg was built without (SRT, as a rule), through the ffmpeg program.

The address reaches the program through a pipe, so that no password stands in the list of processes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

from vidcap.errors import SourceUnsupported
from vidcap.sources.live.growing import Pipe
from vidcap.sources.live.targets import LiveTarget


def open_bridge(target: LiveTarget, scheme: str) -> Pipe:
    """Return the stream as MPEG-TS, not decoded; SourceUnsupported without an ffmpeg program."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SourceUnsupported(target.name, f"{scheme} needs the ffmpeg program, which is not installed")
    command = [program, "-nostdin", "-v", "quiet", "-f", "concat", "-safe", "0"]
    command += ["-protocol_whitelist", f"pipe,fd,{scheme},udp", "-i", "pipe:0"]
    command += ["-map", "0:v:0", "-c", "copy", "-flush_packets", "1", "-f", "mpegts", "pipe:1"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    assert process.stdout is not None
    quoted = target.address.replace("'", "'\\''")
    with process.stdin as listing:
        listing.write(f"file '{quoted}'\n".encode())
    threading.Thread(target=process.wait, daemon=True).start()  # or it would stay as a zombie
    return Pipe(os.dup(process.stdout.fileno()))
