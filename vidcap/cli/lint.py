"""``vidcap lint TRACK...``: check tracks of anybody against a style guide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from vidcap.cli.terminal import harmless
from vidcap.lint import PROFILES, Problem, Report, lint_track
from vidcap.text import one_line
from vidcap.timeline import Seconds, clock

ROW = "{severity:<8} {rule:<14} {line:>5} {cue:>5} {start:>12}  {message}"


@click.command("lint", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("tracks", metavar="TRACK...", nargs=-1, required=True)
@click.option(
    "--video", metavar="MOVIE", help="The film of the track: cues that cross its cuts or outlast it are told."
)
@click.option(
    "--profile", type=click.Choice(list(PROFILES)), default="netflix", show_default=True, help="Limits to check."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each track.")
@click.pass_context
def command(context: click.Context, /, tracks: tuple[str, ...], video: str | None, profile: str, as_json: bool) -> None:
    """Check SubRip, WebVTT and TTML tracks: syntax, order, overlaps, reading speed, durations, gaps, lines, cuts.

    Exit code 1 where there is an error; warnings alone are fine.
    """
    cuts_s, end_s = film_facts(video) if video is not None else ([], None)
    reports = [lint_track(track, profile, cuts_s=cuts_s, film_end_s=end_s) for track in tracks]
    for report in reports:
        click.echo(json.dumps(report.record()) if as_json else "\n".join(table(report)))
    if not all(report.is_clean for report in reports):
        context.exit(1)


def film_facts(video: str) -> tuple[Sequence[Seconds], Seconds | None]:
    """Return where the shots of a film begin, and where the film ends."""
    import vidcap

    shots = list(vidcap.find_shots(video))
    return [shot.start_s for shot in shots[1:]], shots[-1].end_s if shots else None


def table(report: Report) -> Iterator[str]:
    """Yield the lines that tell of one track."""
    if report.problems:
        yield ROW.format(
            severity="", rule="rule", line="line", cue="cue", start="time", message=harmless(report.path)
        ).rstrip()
    yield from map(row, report.problems)
    some = f"{report.cue_count} cues, {report.errors} errors, {report.warnings} warnings"
    yield f"{harmless(report.path)}: {some} ({report.profile})"


def row(problem: Problem) -> str:
    """Return one line about a problem."""
    cue = problem.cue
    return ROW.format(
        severity=problem.severity,
        rule=problem.rule,
        line=problem.line,
        cue="" if cue is None else cue.number,
        start="" if cue is None else clock(max(0, cue.start_ms)),
        message=one_line(problem.message),
    )
