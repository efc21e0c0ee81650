"""What is said of the limit of boxes."""

from __future__ import annotations

from parallel_nls.studies.box_limit import describe_box_limit


def test_the_limit_has_the_digits_that_its_doubt_leaves() -> None:
    """And no doubt is 0: what all boxes share is known to rounding."""
    quantities = {
        "mass": {"values": [2.4693355270473] * 3, "limit": 2.4693355270473, "uncertainty": 0.0},
        "b": {"values": [0.18, 0.19, 0.19], "limit": 0.1901004321, "uncertainty": 1.4e-5},
    }
    text = describe_box_limit({"time": 0.5, "lengths": [50.0, 100.0, 200.0], "quantities": quantities})
    assert "→  2.4693355270473 ± 3e-13   (" in text
    assert "→  0.19010 ± 2e-05   (" in text
