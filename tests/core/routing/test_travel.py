"""Travel times without a map, and what check-ins teach about them."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midway.core.routing.travel import (
    ENOUGH,
    DriveSample,
    DriveTimes,
    Point,
    kilometre_matrix,
    kilometres_between,
    learn_drive_times,
    travel_matrix,
)

PARIS, LYON = Point(48.8566, 2.3522), Point(45.7640, 4.8357)


def samples(count: int, fixed: float, per_km: float, *, wrong: float = 0.0, seed: int = 1) -> list[DriveSample]:
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        kilometres = dice.uniform(0.5, 20)
        minutes = (fixed + per_km * kilometres) * dice.uniform(0.9, 1.1)
        found.append(DriveSample(kilometres, 200.0 if dice.random() < wrong else minutes, dice.choice((8, 9, 14))))
    return found


def test_the_great_circle_is_what_the_books_say() -> None:
    assert kilometres_between(PARIS, LYON) == pytest.approx(391.5, abs=1)


@given(st.lists(st.builds(Point, st.floats(-80, 80), st.floats(-179, 179)), min_size=1, max_size=6))
def test_a_matrix_is_symmetric_with_nothing_on_its_diagonal(points: list[Point]) -> None:
    matrix = kilometre_matrix(points)
    assert np.allclose(matrix, matrix.T, atol=1e-6)
    assert np.allclose(np.diag(travel_matrix(points, DriveTimes())), 0)


def test_rush_hours_make_all_of_it_longer() -> None:
    times = DriveTimes(fixed_minutes=2, minutes_per_km=2, hour_factors={8: 1.5})
    assert times.minutes(10, hour=8) == 33
    assert times.minutes(10, hour=11) == 22
    assert travel_matrix([PARIS, LYON], times, hours=(8, 11))[0, 1] == pytest.approx(1.25 * times.minutes(
        kilometres_between(PARIS, LYON)))  # fmt: skip


@settings(max_examples=20)
@given(fixed=st.floats(1, 5), per_km=st.floats(1.2, 4), wrong=st.sampled_from([0.0, 0.15]))
def test_the_coefficients_are_found_again_among_wrong_samples(fixed: float, per_km: float, wrong: float) -> None:
    learnt = learn_drive_times(samples(200, fixed, per_km, wrong=wrong))
    assert learnt.minutes(8) == pytest.approx(fixed + 8 * per_km, rel=0.1)


def test_few_samples_change_nothing() -> None:
    before = DriveTimes(fixed_minutes=4)
    assert learn_drive_times(samples(ENOUGH - 1, 1, 1), before=before) is before
    assert learn_drive_times([DriveSample(0.0, 500.0, 8)] * 100, before=before) is before


def test_an_hour_that_is_slow_gets_its_factor() -> None:
    usual = samples(120, 2, 2)
    slow = [DriveSample(s.kilometres, s.minutes * 1.4, 17) for s in samples(40, 2, 2, seed=2)]
    factors = learn_drive_times([*usual, *slow]).hour_factors
    assert factors[17] > 1.2
    assert factors[9] == pytest.approx(1, abs=0.1)
