import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidcap.testing import EchoDescriber


@pytest.fixture
def manifest(samples_dir: Path, tmp_path: Path) -> Path:
    film = sorted(samples_dir.glob("*.mp4"))[0]
    path = tmp_path / "clips.jsonl"
    segments = [{"video": str(film), "end_s": 1, "split": "test"}, {"video": str(film), "start_s": 1, "end_s": 2}]
    path.write_text("\n".join(json.dumps(s | {"captions": ["A street.", "Clip 0 of a town."]}) for s in segments))
    return path


@pytest.fixture
def evaluate(vidcap: Callable[..., Any], manifest: Path) -> Callable[..., Any]:
    def run(*arguments: Any) -> Any:
        return vidcap("evaluate", manifest, "--no-java", *arguments, describer=EchoDescriber(16))

    return run


def test_the_table_goes_to_stderr_and_one_line_of_json_to_stdout(evaluate: Callable[..., Any]) -> None:
    run = evaluate()
    assert run.code == 0
    for name in ("BLEU-4", "METEOR", "missing", "ROUGE-L", "CIDEr", "Distinct captions", "built-in tokenizer"):
        assert name in run.err
    record = json.loads(run.out)
    assert run.out.count("\n") == 1
    assert (record["items"], record["references"], record["meteor"], record["failures"]) == (2, 4, None, [])


def test_only_the_line_of_json_where_asked(evaluate: Callable[..., Any]) -> None:
    for flag in ("--json", "-q"):
        run = evaluate(flag)
        assert run.err == ""
        assert json.loads(run.out)["items"] == 2


def test_a_split_is_chosen_by_name(evaluate: Callable[..., Any]) -> None:
    assert json.loads(evaluate("--split", "test").out)["items"] == 1
    run = evaluate("--split", "dev")
    assert (run.code, run.out) == (1, "")
    assert "no item has split 'dev' (there are: test)" in run.err


def test_results_are_written_and_compared(evaluate: Callable[..., Any], tmp_path: Path) -> None:
    results = tmp_path / "mine.jsonl"
    assert evaluate("--results", results).code == 0
    assert len(results.read_text().splitlines()) == 2
    run = evaluate("--compare", results)
    assert "no clear difference" in run.err
    assert json.loads(run.out)["comparison"]["p_value"] == 1


def test_a_page_is_written(evaluate: Callable[..., Any], tmp_path: Path) -> None:
    assert evaluate("--html", tmp_path / "p.html").code == 0
    assert (tmp_path / "p.html").read_text().count("data:image/jpeg") == 8


@pytest.mark.parametrize("option", ["--results", "--html"])
def test_files_that_are_there_are_kept_unless_told_otherwise(
    evaluate: Callable[..., Any], tmp_path: Path, option: str
) -> None:
    path = tmp_path / "out"
    path.write_text("precious")
    run = evaluate(option, path)
    assert (run.code, run.out, path.read_text()) == (1, "", "precious")
    assert "is there already" in run.err
    assert evaluate(option, path, "--overwrite").code == 0
    assert path.read_text() != "precious"


def test_a_folder_that_is_missing_is_an_error_before_the_work(evaluate: Callable[..., Any], tmp_path: Path) -> None:
    run = evaluate("--results", tmp_path / "none" / "r.jsonl")
    assert run.code == 1
    assert "its folder does not exist" in run.err


def test_results_that_do_not_compare_are_an_error(evaluate: Callable[..., Any], tmp_path: Path) -> None:
    evaluate("--results", tmp_path / "r.jsonl")
    text = (tmp_path / "r.jsonl").read_text()
    (tmp_path / "r.jsonl").write_text(text.replace("A street.", "A road."))
    run = evaluate("--compare", tmp_path / "r.jsonl")
    assert run.code == 1
    assert "can't be compared" in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--batch", "0"], ["--beam", "x"], ["--split"], ["--nonsense"]])
def test_wrong_usage_is_2(evaluate: Callable[..., Any], arguments: list[str]) -> None:
    run = evaluate(*arguments)
    assert (run.code, run.out) == (2, "")


def test_a_manifest_that_is_missing_is_one_line(vidcap: Callable[..., Any], tmp_path: Path) -> None:
    run = vidcap("evaluate", tmp_path / "none.jsonl")
    assert (run.code, run.out) == (1, "")
    assert run.err == f"vidcap: {tmp_path / 'none.jsonl'}: no such file\n"


@pytest.mark.slow
def test_a_checkpoint_is_evaluated(vidcap: Callable[..., Any], manifest: Path, tiny_model: Path) -> None:
    run = vidcap("evaluate", manifest, "--no-java", "--model", tiny_model, "--beam", 2, "--device", "cpu")
    assert run.code == 0
    record = json.loads(run.out)
    assert record["model"] == str(tiny_model)
    assert record["length_mean"] > 0


def test_two_results_are_compared_without_describing_anything(
    vidcap: Callable[..., Any], evaluate: Callable[..., Any], tmp_path: Path
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert evaluate("--results", first, "-q").code == 0
    lines = [json.loads(line) for line in first.read_text().splitlines()]
    for place, line in enumerate(lines):
        line["references"] = [["a street in a town"], ["two dogs on the beach"]][place]
    first.write_text("".join(json.dumps(line) + "\n" for line in lines))
    second.write_text("".join(json.dumps(line | {"hypothesis": line["references"][0]}) + "\n" for line in lines))
    run = vidcap("compare", second, first, "--no-java")
    assert run.code == 0, run.err
    record = json.loads(run.out)
    assert record["items"] == 2
    assert record["first"] > record["second"]
    assert "better on 2" in run.err
    assert vidcap("compare", tmp_path / "gone.jsonl", first).code == 1


def test_captions_that_the_references_say_are_right(evaluate: Callable[..., Any]) -> None:
    record = json.loads(evaluate("-q").out)
    assert 0 <= record["right_share"] <= 1
    assert record["confidence_error"] == pytest.approx(1 - record["right_share"])  # the describer is sure of all


@pytest.mark.parametrize("frames", ["shuffled", "mean", "single"])
def test_clips_can_be_robbed_of_time(vidcap: Callable[..., Any], manifest: Path, tiny_model: Path, frames: str) -> None:
    run = vidcap("evaluate", manifest, "--model", tiny_model, "--no-java", "-q", "--frames", frames)
    assert run.code == 0, run.err
    assert json.loads(run.out)["items"] == 2
