"""What is said of the limit of boxes."""

from __future__ import annotations

from parallel_nls.studies.box_limit import describe_box_limit


def test_the_limit_has_the_digits_that_its_doubt_leaves() -> None:
    """Its doubt is rounded up."""
    quantities = {
        "mass": {"values": [2.4693355270473] * 3, "limit": 2.4693355270473, "uncertainty": 2.5e-12},
        "b": {"values": [0.18, 0.19, 0.19], "limit": 0.1901004321, "uncertainty": 1.4e-5},
    }
    text = describe_box_limit({"time": 0.5, "lengths": [50.0, 100.0, 200.0], "quantities": quantities})
    assert "→  2.469335527047 ± 3e-12   (" in text
    assert "→  0.19010 ± 2e-05   (" in text
