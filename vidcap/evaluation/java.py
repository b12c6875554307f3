"""Runs the two Java programs that come with pycocoevalcap: the Treebank tokenizer and METEOR.

pycocoevalcap's own wrappers are not used: they write temporary files into the installed package, leave a
METEOR process behind when something fails, can block on its unread error stream, and chatter on stderr. The
programs and their arguments are the same, and so are the results (a test compares them).
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vidcap.errors import VidcapError
from vidcap.evaluation.cider import Tokens
from vidcap.evaluation.tokens import PUNCTUATION
from vidcap.text import one_line

# A German locale would write 0,5 and an ASCII one would lose accents.
_LOCALE = ("-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US")


class ScorerError(VidcapError):
    """A scoring program failed; ``subject`` names it."""


@dataclass(frozen=True, slots=True)
class JavaTools:
    """Where Java and the programs are; get one from :func:`find_java`."""

    java: str
    tokenizer_jar: Path
    meteor_jar: Path
    timeout_s: float = 600.0
    """A program that takes longer than this is ended, and ScorerError raised."""


def find_java() -> JavaTools | str:
    """Return the tools, or why there are none. Nothing is started."""
    java = shutil.which("java")
    spec = find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        return "pycocoevalcap is not installed (pip install 'vidcap[eval]')"
    folder = Path(spec.submodule_search_locations[0])
    tools = JavaTools(
        java or "", folder / "tokenizer" / "stanford-corenlp-3.4.1.jar", folder / "meteor" / "meteor-1.5.jar"
    )
    if not tools.tokenizer_jar.is_file() or not tools.meteor_jar.is_file():
        return "pycocoevalcap lacks its Java programs"
    return tools if java else "Java is not installed"


def treebank_tokens(sentences: Sequence[str], tools: JavaTools) -> list[list[str]]:
    """Return the tokens of each sentence, lower case and without punctuation; may raise ScorerError."""
    lines = "".join(one_line(sentence) + "\n" for sentence in sentences)
    program = "edu.stanford.nlp.process.PTBTokenizer"
    arguments = [program, "-preserveLines", "-lowerCase", "-encoding", "UTF-8"]
    try:
        done = subprocess.run(
            [tools.java, *_LOCALE, "-cp", str(tools.tokenizer_jar), *arguments],
            input=lines.encode(),
            capture_output=True,
            timeout=tools.timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScorerError("Treebank tokenizer", str(error)) from error
    # Not splitlines(): it would split at characters that the program leaves inside lines.
    cut = done.stdout.decode().removesuffix("\n").split("\n") if sentences else []
    if done.returncode or len(cut) != len(sentences):
        complaint = done.stderr.decode(errors="replace")[-200:]
        reason = f"{len(cut)} lines for {len(sentences)} sentences: {complaint}"
        raise ScorerError("Treebank tokenizer", reason)
    return [[token for token in line.split() if token not in PUNCTUATION] for line in cut]


def meteor(
    hypotheses: Mapping[str, Tokens], references: Mapping[str, Sequence[Tokens]], tools: JavaTools
) -> tuple[float, list[float]]:
    """Return METEOR (Denkowski and Lavie, 2014) of the corpus and of each sentence, 0 to 1.

    May raise ScorerError.
    """
    command = [tools.java, *_LOCALE, "-Xmx2G", "-jar", str(tools.meteor_jar)]
    try:
        process = subprocess.Popen(
            [*command, "-", "-", "-stdio", "-l", "en", "-norm"],
            cwd=tools.meteor_jar.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise ScorerError("METEOR", str(error)) from error
    watchdog = threading.Timer(tools.timeout_s, process.kill)
    watchdog.start()
    try:
        return _meteor_dialogue(process, hypotheses, references)
    except (OSError, ValueError) as error:
        raise ScorerError("METEOR", f"the program stopped or took more than {tools.timeout_s:g} s") from error
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def _meteor_dialogue(
    process: subprocess.Popen[bytes],
    hypotheses: Mapping[str, Tokens],
    references: Mapping[str, Sequence[Tokens]],
) -> tuple[float, list[float]]:
    """A line of statistics for each sentence, then all of them back for the scores."""
    stdin, stdout = process.stdin, process.stdout
    assert stdin is not None
    assert stdout is not None

    def say(*parts: str) -> None:
        stdin.write((" ||| ".join(parts) + "\n").encode())
        stdin.flush()

    def hear() -> str:
        line = stdout.readline().decode().strip()
        if not line:
            raise ValueError("the program ended")
        return line

    statistics = []
    for key, hypothesis in hypotheses.items():
        say("SCORE", *(_plain(reference) for reference in references[key]), _plain(hypothesis))
        statistics.append(hear())
    say("EVAL", *statistics)
    scores = [float(hear()) for _ in statistics]
    return float(hear()), scores


def _plain(tokens: Tokens) -> str:
    return " ".join(tokens).replace("|||", "").replace("  ", " ")
