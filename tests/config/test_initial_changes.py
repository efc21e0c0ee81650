"""Noise and normalisation in [initial]: read, written, absent where they are absent, and their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_nls.config import load_configuration
from parallel_nls.config.differences import changed_settings
from parallel_nls.config.sections.initial import NoiseParameters, Normalisation
from tests.config.refusal import message_of

PLANE = "gaussian_collapse"
NOISE = "initial.noise=[{amplitude=1e-3, bandwidth=4, seed=7}, {amplitude=2, bandwidth=1.5, seed=0}]"
KINDS = (
    'kind="bubbles", blowup_time=1, bubbles=[{center=[0, 0]}]',
    'kind="solitons", solitons=[{}]',
    'kind="gaussian", amplitude=1, width=1',
    'kind="file", file="start.npy"',
    'kind="python", file="start.py"',
)


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the files that initial data come from."""
    monkeypatch.chdir(tmp_path)
    for name in ("start.py", "start.npy"):
        (tmp_path / name).write_text("", encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_takes_them(kind: str, tmp_path: Path) -> None:
    """They are written behind the keys of the kind, read back, and belong to what the data of a run depend on."""
    plain = load_configuration(PLANE, [f"initial={{{kind}}}"])
    found = load_configuration(PLANE, [f"initial={{{kind}}}", NOISE, "initial.normalise={peak=2}"])
    assert found.initial.noise[0] == NoiseParameters(amplitude=1e-3, bandwidth=4.0, seed=7)
    assert found.initial.normalise == Normalisation(peak=2.0)
    text = found.complete_toml()
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    assert load_configuration(str(tmp_path / "config.toml")) == found
    tables = "\n[initial.normalise]\npeak = 2.0\n\n[[initial.noise]]\namplitude = 0.001\nbandwidth = 4.0\nseed = 7\n"
    assert tables in text
    added = {
        "normalise": {"peak": 2.0},
        "noise": [
            {"amplitude": 1e-3, "bandwidth": 4.0, "seed": 7},
            {"amplitude": 2.0, "bandwidth": 1.5, "seed": 0},
        ],
    }
    assert found.settings()["initial"] == plain.settings()["initial"] | added
    assert list(found.settings()["initial"])[-2:] == ["normalise", "noise"]
    assert found.initial.describe_changes() == [
        "noise of root mean square 0.001 in |k| ≤ 4, seed 7",
        "noise of root mean square 2 in |k| ≤ 1.5, seed 0",
        "scaled to the largest |u| 2",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_runs_without_them_are_stored_as_before(kind: str) -> None:
    """Neither config.toml nor the settings in checkpoints name them; stored settings are those of now."""
    plain = load_configuration(PLANE, [f"initial={{{kind}}}"])
    assert "noise" not in plain.complete_toml()
    assert "normalise" not in plain.complete_toml()
    stored = plain.settings()
    assert not {"noise", "normalise"} & set(stored["initial"])
    assert next(iter(stored["initial"])) == "kind"
    assert changed_settings(plain, stored) == []
    assert load_configuration(PLANE, [f"initial={{{kind}}}", "initial.noise=[]"]) == plain
    assert plain.initial.describe_changes() == []
    noisy = load_configuration(PLANE, [f"initial={{{kind}}}", NOISE])
    assert any("initial.noise" in text for text in changed_settings(noisy, stored))


# (overrides, fragments of the message)
MISTAKES: dict[str, tuple[str, list[str]]] = {
    "nothing to scale to": (
        "initial.normalise={}",
        ["initial.normalise = {}: names nothing; give normalise = {mass ="],
    ),
    "both": (
        "initial.normalise={mass=1, peak=1}",
        ["initial.normalise = {mass = 1, peak = 1}: mass excludes peak; keep one and remove the other"],
    ),
    "a name": ("initial.normalise=mass", ['initial.normalise = "mass": must be a table; give the mass or the peak']),
    "another quantity": (
        "initial.normalise={energy=1}",
        ['initial.normalise.energy = 1: unknown key; known: "mass", "peak"'],
    ),
    "no mass": ("initial.normalise={mass=0}", ["initial.normalise.mass = 0: must be greater than 0; give the mass"]),
    "NaN": ("initial.normalise={peak=nan}", ["initial.normalise.peak = nan: must be a finite number"]),
    "a table": ("initial.noise={amplitude=1}", ["must be a list; give one table [[initial.noise]] with amplitude,"]),
    "no keys": (
        "initial.noise=[{}]",
        [
            "initial.noise.0.amplitude: missing; give the root mean square of the noise over the box",
            "initial.noise.0.bandwidth: missing; give the largest |k|",
            "initial.noise.0.seed: missing; give a whole number from 0",
        ],
    ),
    "negative seed": (
        "initial.noise=[{amplitude=1, bandwidth=1, seed=-1}]",
        ["initial.noise.0.seed = -1: must be at least 0; give a whole number"],
    ),
    "broken seed": ("initial.noise=[{amplitude=1, bandwidth=1, seed=1.5}]", ["seed = 1.5: must be a whole number"]),
    "beyond the grid": (
        "initial.noise=[{amplitude=1, bandwidth=101, seed=1}]",
        [
            "initial.noise.0.bandwidth = 101.0: not less than the grid's largest wavenumber 100.5; take less, or more",
        ],
    ),
    "one seed": (
        "initial.noise=[{amplitude=1, bandwidth=1, seed=4}, {amplitude=1, bandwidth=1, seed=4}]",
        ["initial.noise.1.seed = 4: that of initial.noise.0 too, so that they would not be independent; take another"],
    ),
    "at the top": ("noise=[]", ["noise = []: unknown section; it belongs in [initial]"]),
    "misspelt": ("initial.normalize={mass=1}", ['unknown key; did you mean "normalise"?']),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(name: str) -> None:
    """The message names key, value and remedy."""
    override, fragments = MISTAKES[name]
    message = message_of(PLANE, [override])
    for fragment in fragments:
        assert fragment in message


@pytest.mark.parametrize("example", ["two_bubbles", "two_solitons_1d"])
def test_scaled_waves_have_no_distance(example: str) -> None:
    """The exact waves are as they are; noise is welcome."""
    message = message_of(example, ["initial.normalise={mass=1}", 'diagnostics.families=["distance"]'])
    shown = 'diagnostics.families = ["distance"]: "distance" is measured to the exact waves as they are, and'
    assert f"{shown} initial.normalise scales them; remove one of the two" in message
    assert load_configuration(example, [NOISE]).initial.noise
    scaled = load_configuration(example, ["initial.normalise={mass=1}", 'diagnostics.families=["virial"]'])
    assert scaled.initial.normalise == Normalisation(mass=1.0)


# example -> (what it is in the message, how to have a box)
NO_BOX = {
    "half_wave_blowup": (
        '"half-wave" is solved on the whole line; ',
        ", give a box by grid.points and grid.length, or ",
    ),
    "localized_virial": ('"hartree" is solved for density matrices on a radial axis; ', " it, or "),
    "mean_field_limit": ('"hartree-hierarchy" is solved for density matrices on a radial axis; ', " it, or "),
    "hartree_plane_2d": ('"hartree" is solved for the waves of a density matrix; ', " it, or "),
}


@pytest.mark.parametrize("example", NO_BOX)
def test_what_has_no_box_says_so_of_noise_and_own_densities(example: str, tmp_path: Path) -> None:
    """The reason is the system, not the equation alone: half waves in a box have both."""
    system, box = NO_BOX[example]
    noise = message_of(example, [NOISE])
    assert f"initial.noise: is a function of a periodic box, and equation.name = {system}remove it" in noise
    assert f'{box}add noise in a start of kind "python" or "file"' in noise
    file = tmp_path / "densities.py"
    file.write_text("")
    own = message_of(example, [f"diagnostics.own=[{{name='one',file='{file}'}}]"])
    assert (
        f"diagnostics.own: are integrated over one field in a periodic box, and equation.name = {system}remove" in own
    )
    assert f"{box}compute them from the stored fields".replace(" it, or", " them, or") in own


def test_a_mixture_is_not_scaled() -> None:
    """With the reason."""
    message = message_of("localized_virial", ["initial.normalise={mass=1.0}"])
    assert "initial.normalise: scales one field in a periodic box" in message
    assert 'or scale a start of kind "python" or "file"' in message


def test_half_waves_in_a_box_take_noise() -> None:
    """They are one field."""
    assert load_configuration("half_wave_box", ["initial.noise=[{amplitude=1e-3, bandwidth=4, seed=7}]"]).initial.noise
