"""The plans of transforms belong to a run: it keeps them and its bits over a resume, whatever the package has then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mpi4py.MPI import Intracomm

from parallel_nls.errors import DONE
from parallel_nls.output.checkpoint_reading import read_wisdom
from parallel_nls.running import plans
from parallel_nls.running.run import resume, run
from parallel_nls.running.simulation import Simulation
from parallel_nls.spectral.transforms import FourierTransform
from parallel_nls.spectral.wisdom import KERNELS, NO_WISDOM, Wisdom, is_accepted, planning_by, shipped, without_fftw
from tests.support import digest, gather_field, parts_of, small_run

pytestmark = pytest.mark.mpi

SIZE = ("grid.points=[8,1024]", "diagnostics.families=['conserved']")
FFTW, OURS = shipped(kernels=False), shipped(kernels=True)
FEW = Wisdom('[double]\n1024 = """\n' + FFTW.tables["double"]["1024"] + '"""\n')
"""The plans of another version of the package."""
FOREIGN = Wisdom(FFTW.text.replace("(fftw-3", "(fftw-2"))
ESTIMATE = pytest.param(NO_WISDOM, id="estimate")


def bits(simulation: Simulation) -> str:
    """Of the field and of what is measured."""
    field = gather_field(simulation.domain.layouts[0], simulation.field())
    return digest(field) + repr(simulation.measure())


def given(monkeypatch: pytest.MonkeyPatch, wisdom: Wisdom) -> None:
    """Let the package come with these plans."""
    monkeypatch.setattr(plans, "shipped", lambda _kernels: wisdom)


@pytest.fixture(autouse=True)
def _accepted() -> None:
    if not is_accepted(FFTW):
        pytest.skip("the FFTW of this machine refuses the plans of the package")


@pytest.mark.parametrize(
    "own", [ESTIMATE, *(pytest.param(w, id=n) for w, n in ((FEW, "other"), (FFTW, "fftw"), (OURS, "ours")))]
)
def test_a_state_goes_on_by_its_own_plans(
    comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch, own: Wisdom
) -> None:
    """Stored before there were any, or by other ones than the package has: the bits of a run that was never left."""
    config = small_run(*SIZE)
    found = []
    with parts_of(comm, (1, comm.size)) as parts:
        for size, part in parts.items():
            path = shared_path / f"{size}.h5"
            given(monkeypatch, own)
            whole = Simulation(config, part)
            whole.advance(2)
            whole.save_state(path)
            whole.advance(2)
            monkeypatch.undo()
            later = Simulation(config, part, path)
            later.advance(2)
            assert read_wisdom(path) == later.plans.wisdom == later.state.wisdom == own
            assert bits(later) == bits(whole)
            found.append(bits(whole))
            for simulation in (whole, later):
                simulation.close()
    assert len(set(comm.allreduce(found))) == 1


def test_the_plans_make_other_bits(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above would show nothing."""
    found = []
    for wisdom in (OURS, FFTW, NO_WISDOM):
        given(monkeypatch, wisdom)
        simulation = Simulation(small_run(*SIZE), comm)
        simulation.advance(2)
        found.append(bits(simulation))
    assert len(set(found)) == 3


def test_a_build_that_refuses_them(comm: Intracomm, shared_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new run is planned by estimate and says so; one that had them goes on, warned; from then on it keeps those."""
    short, end, root, other = (*SIZE, "time.stop=-0.49"), -0.485, shared_path / "run", shared_path / "refused"
    given(monkeypatch, FFTW)
    assert run(small_run(*short), comm, root).exit_code == DONE
    assert provenance(root) == f"wisdom {FFTW.digest}"
    given(monkeypatch, FOREIGN)
    assert run(small_run(*short), comm, other).exit_code == DONE
    monkeypatch.undo()
    assert provenance(other) == "estimate"
    assert (other / "log.txt").read_text().count("this FFTW refuses the plans of the package") == 1
    monkeypatch.setattr(plans, "is_accepted", lambda wisdom: not wisdom.text or comm.rank != comm.size - 1)
    for _ in range(2):
        comm.Barrier()
        assert resume(comm, root, end).exit_code == DONE
        end += 0.005
    comm.Barrier()
    log = (root / "log.txt").read_text()
    assert log.count("this FFTW refuses the plans of the run") == 1
    assert log.count("warning: other FFTW plans than in the job before; bits may differ from here on") == 1
    assert provenance(root) == "estimate"
    assert read_wisdom(max(root.glob("checkpoints/state_*.h5"))) == NO_WISDOM


def provenance(root: Path) -> str:
    """What the summary says of the plans."""
    return str(json.loads((root / "summary.json").read_text())["provenance"]["fftw_plans"])


def test_transforms_made_beside_a_run_are_planned_as_ever(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a simulation is planned by holds for it alone."""
    given(monkeypatch, NO_WISDOM)
    simulation = Simulation(small_run(*SIZE), comm)
    rows = simulation.domain.sweeps[0][0].transform
    assert isinstance(rows, FourierTransform)
    assert rows.wisdom == ""
    with planning_by(OURS):
        assert FourierTransform(1024).wisdom == KERNELS


def test_kernels_of_a_later_version(comm: Intracomm, shared_path: Path) -> None:
    """A run that had them goes on by the plans of FFTW that it has besides, and says so; by estimate without."""
    config, path = small_run(*SIZE), shared_path / "later.h5"
    for text, left in ((FFTW.text, FFTW), (FOREIGN.text, NO_WISDOM), ("", NO_WISDOM)):
        simulation = Simulation(config, comm)
        simulation.state.wisdom = Wisdom(f'kernels = "of tomorrow"\n{text}')
        simulation.save_state(path)
        later = Simulation(config, comm, path)
        assert later.plans.wisdom == later.state.wisdom == left
        first, *others = later.plans.remarks
        assert "this version of the package has no kernels 'of tomorrow'" in first
        assert "go on with the version that wrote the checkpoint" in first
        assert ["this FFTW refuses the plans of the run" in other for other in others] == [True] * (
            text == FOREIGN.text
        )


def test_lines_that_no_kernels_transform_keep_their_bits(comm: Intracomm, shared_path: Path) -> None:
    """When kernels change: those of single precision, and those of other lengths."""
    for other in (("grid.points=[8,1024]", "grid.precision=single"), ("grid.points=[8,270]",)):
        config, path = small_run(*SIZE[1:], *other), shared_path / f"{other[-1]}.h5"
        whole = Simulation(config, comm)
        whole.state.wisdom = Wisdom(f'kernels = "of tomorrow"\n{FFTW.text}')
        whole.save_state(path)
        whole.advance(2)
        later = Simulation(config, comm, path)
        later.advance(2)
        assert later.plans.remarks
        assert bits(later) == bits(whole)


def test_a_build_that_refuses_plans_keeps_our_kernels(comm: Intracomm, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no plans of FFTW."""
    monkeypatch.setattr(plans, "is_accepted", lambda _wisdom: False)
    given(monkeypatch, OURS)
    found = plans.choose_plans(comm, None)
    assert found.wisdom == without_fftw(OURS) != NO_WISDOM
    assert len(found.remarks) == 1
