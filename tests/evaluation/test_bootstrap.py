import numpy as np
import pytest

from vidcap.evaluation import bootstrap, compare


def test_the_interval_narrows_with_the_root_of_the_items_and_holds_the_mean() -> None:
    generator = np.random.default_rng(1)
    small, large = (bootstrap(generator.normal(50, 20, size=n).tolist()) for n in (100, 10_000))
    for interval in (small, large):
        assert interval.low < interval.mean < interval.high
    # 1.96 standard errors to each side
    assert small.high - small.low == pytest.approx(2 * 1.96 * 20 / 10, rel=0.3)
    assert large.high - large.low == pytest.approx(2 * 1.96 * 20 / 100, rel=0.1)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(2)
    draws = [bootstrap(generator.normal(0, 1, size=60).tolist(), draws=300, level=0.8) for _ in range(200)]
    assert 0.7 < np.mean([interval.low < 0 < interval.high for interval in draws]) < 0.9


def test_the_same_seed_gives_the_same_interval_and_leaves_the_common_generator_alone() -> None:
    before = np.random.get_state()[1].tolist()  # type: ignore[index,union-attr]
    values = [n**1.5 for n in range(30)]
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values, seed=1) != bootstrap(values)
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index,union-attr]


def test_a_small_steady_gain_is_seen_where_single_scores_vary_much() -> None:
    generator = np.random.default_rng(3)
    base = generator.normal(50, 40, size=300)
    better = compare((base + 2 + generator.normal(0, 5, size=300)).tolist(), base.tolist())
    assert better.p_value < 0.001
    assert better.difference.low > 0
    assert better.better > better.worse
    assert better.items == 300


def test_noise_alone_is_rarely_called_a_difference() -> None:
    generator = np.random.default_rng(4)
    p_values = [
        compare(generator.normal(0, 1, 80).tolist(), generator.normal(0, 1, 80).tolist(), draws=400).p_value
        for _ in range(200)
    ]
    assert np.mean(np.array(p_values) < 0.05) < 0.1
    assert 0.35 < np.median(p_values) < 0.65


def test_comparing_the_other_way_round_turns_the_sign() -> None:
    a, b = [1.0, 2.0, 5.0, 3.0], [0.0, 4.0, 1.0, 1.0]
    one, other = compare(a, b), compare(b, a)
    assert one.difference.mean == -other.difference.mean
    assert one.p_value == other.p_value
    assert (one.better, one.worse) == (other.worse, other.better) == (3, 1)


def test_equal_results_differ_in_nothing() -> None:
    same = compare([1.0, 2.0], [1.0, 2.0])
    assert same.p_value == 1
    assert (same.difference.low, same.difference.high, same.better, same.worse) == (0, 0, 0, 0)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="no scores"):
        bootstrap([])
    with pytest.raises(ValueError, match="scores must pair: 1 and 2"):
        compare([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="level is between 0 and 1"):
        bootstrap([1.0], level=95)
