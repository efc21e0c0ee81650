"""The peer's input, and our configurations of the same problem."""

from __future__ import annotations

import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from parallel_nls.config import GaussianInitial, load_configuration
from scripts.benchmarks import methods, xmds2
from scripts.benchmarks.samples import BenchmarkError


def text_of(root: ET.Element, path: str) -> str:
    """Text of one element that must be there."""
    element = root.find(path)
    assert element is not None
    return "".join(element.itertext()).strip()


@pytest.mark.parametrize(
    ("setting", "control", "label"),
    [
        (xmds2.Setting("RK4", 200), {"steps": "200"}, "200 steps"),
        (xmds2.Setting("RK9", 30), {"steps": "30"}, "30 steps"),
        (xmds2.Setting("ARK45", 1e-6), {"tolerance": "1e-06"}, "1e-06"),
        (xmds2.Setting("ARK89", 1e-10), {"tolerance": "1e-10"}, "1e-10"),
    ],
)
def test_the_input_is_well_formed_and_says_the_problem(
    setting: xmds2.Setting, control: dict[str, str], label: str
) -> None:
    """Grid, box, data, equation, algorithm and its control."""
    root = ET.fromstring(xmds2.script(setting, 512, 20.0, 1.5, 1.0).encode())
    assert root.attrib == {"xmds-version": "2"}
    dimensions = [item.attrib for item in root.iter("dimension")]
    assert dimensions == [{"name": name, "lattice": "512", "domain": "(-10.0, 10.0)"} for name in "xy"]
    assert text_of(root, "vector/initialisation") == "u = 1.5*exp(-(x*x + y*y)/2);"
    assert text_of(root, "sequence/integrate/operators").endswith("du_dt = L[u] + i*mod2(u)*u;")
    assert text_of(root, ".//operator") == "L L = -i*(kx*kx + ky*ky);"
    integrate = root.find("sequence/integrate")
    assert integrate is not None
    assert integrate.attrib == {"algorithm": setting.algorithm, "interval": "1.0", **control}
    assert setting.label == label
    assert text_of(root, "name") == setting.name
    assert setting.name.isidentifier()


def test_settings_have_programs_of_their_own() -> None:
    """No two settings share a name, which is that of a program, or a label within an algorithm."""
    settings = [setting for peer in methods.PEERS for setting in peer.settings]
    assert len({setting.name for setting in settings}) == len(settings)
    assert len({(setting.algorithm, setting.label) for setting in settings}) == len(settings)


def test_a_program_that_prints_no_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The elapsed time is read from the program's own line, or its output is shown."""
    monkeypatch.setattr(
        xmds2, "output_of", lambda *_: "Generating output\nTime elapsed for simulation is: 1.82 seconds\n"
    )
    assert xmds2.run(Path("RK4_200"), 1) == {"seconds": 1.82}
    monkeypatch.setattr(xmds2, "output_of", lambda *_: "Segmentation fault")
    with pytest.raises(BenchmarkError, match="Segmentation fault"):
        xmds2.run(Path("RK4_200"), 1)


@pytest.mark.parametrize("method", methods.OWN, ids=lambda method: method.name)
def test_our_configurations_are_valid_and_of_the_same_problem(method: methods.Own, tmp_path: Path) -> None:
    """Every setting loads; its name is its step count or its tolerance."""
    settings = method.configurations()
    assert len(settings) == len(method.steps) + len(method.tolerances)
    for setting, text in settings.items():
        path = tmp_path / "setting.toml"
        path.write_text(text, encoding="utf-8")
        config = load_configuration(str(path))
        assert (config.grid.points, config.grid.length) == ((512, 512), (20.0, 20.0))
        assert isinstance(config.initial, GaussianInitial)
        assert (config.initial.amplitude, config.initial.width) == (1.5, 1.0)
        assert (config.time.start, config.time.stop, config.time.scheme) == (0.0, 1.0, method.scheme)
        written = tomllib.loads(text)["time"]
        if "tolerance" in written:
            assert f"{written['tolerance']:.0e}" == setting
        else:
            assert f"{config.frames.count} steps" == setting
