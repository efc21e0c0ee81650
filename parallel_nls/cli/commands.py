"""The commands: each carries out what the command line says, and returns the exit code."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parallel_nls.cli.process import answer, launcher_rank, loading, process_age, without_mpi, world
from parallel_nls.cli.streams import complain, write_out
from parallel_nls.config import configuration_name, example_names, example_text, load_configuration
from parallel_nls.errors import DONE, STOPPED, UserError
from parallel_nls.output.run_paths import settled
from parallel_nls.planning.narrow_potentials import narrow_potential
from parallel_nls.planning.resources import describe_resources
from parallel_nls.running.launcher import processes_started
from parallel_nls.running.plain_output import printable

if TYPE_CHECKING:
    from mpi4py.MPI import Intracomm

    from parallel_nls.planning.performance.machine import Machine
    from parallel_nls.running.profiling.profile import Profile


def _write(text: str) -> None:
    if launcher_rank() == 0:
        write_out(text)


def _telling_of_compilation() -> AbstractContextManager[None]:
    """Say within why a result takes so long to come, beside the result; runs and sweeps say it for themselves."""
    from parallel_nls.running.compilation import telling_of_compilation

    return telling_of_compilation(complain if launcher_rank() == 0 else lambda _: None)


def run(arguments: argparse.Namespace) -> int:
    """Run a configuration, or say what that will take."""
    overrides = arguments.set or []
    if arguments.dry_run:
        without_mpi()
        config = load_configuration(arguments.config, overrides)
        _write(printable(describe_resources(config, arguments.ranks or processes_started(), _machine(arguments))))
        return DONE
    _refuse_ranks(arguments)
    comm = world()
    with loading():
        from parallel_nls.parallel.consensus import from_root
        from parallel_nls.running import run as running

    config = from_root(comm, lambda: load_configuration(arguments.config, overrides))
    root = settled(Path(arguments.output or Path("runs") / configuration_name(arguments.config)))
    return running.run(config, comm, root, profile=_profile(arguments)).exit_code


def resume(arguments: argparse.Namespace) -> int:
    """Go on with a run."""
    comm = world()
    with loading():
        from parallel_nls.running import run as running

    return running.resume(comm, Path(arguments.run), arguments.until, profile=_profile(arguments)).exit_code


def _profile(arguments: argparse.Namespace) -> Profile | None:
    """What times the job, if that is asked for; from the start of the process on."""
    if not arguments.profile:
        return None
    from parallel_nls.running.profiling.profile import Profile

    return Profile(process_age())


def sweep(arguments: argparse.Namespace) -> int:
    """Run a grid of configurations, or say what that will take."""
    from parallel_nls.studies.sweep.plan import load_sweep

    if arguments.dry_run:
        from parallel_nls.studies.sweep.resources import describe_sweep

        plan = load_sweep(arguments.sweep, arguments.output)
        _write(describe_sweep(plan, arguments.ranks or processes_started(), _machine(arguments)))
        return DONE
    _refuse_ranks(arguments)
    comm = world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies.sweep.run_sweep import run_sweep
    from parallel_nls.studies.sweep.table import check_quantities

    plan = from_root(comm, lambda: load_sweep(arguments.sweep, arguments.output))
    from_root(comm, lambda: check_quantities(plan, arguments.quantities or ()))
    return run_sweep(plan, comm, arguments.quantities or ())


def _refuse_ranks(arguments: argparse.Namespace) -> None:
    if arguments.ranks is not None:
        raise UserError(f"--ranks {arguments.ranks} belongs to --dry-run; start a run by mpirun -n {arguments.ranks}")
    if arguments.machine is not None:
        raise UserError(f"--machine {arguments.machine} belongs to --dry-run; remove it, or add --dry-run")


def _machine(arguments: argparse.Namespace) -> Machine:
    """That of a file, or else this one by a quick look; other processes than the first only know what they are told."""
    from parallel_nls.planning.performance.machine import default_machine, load_machine
    from parallel_nls.planning.performance.quick_look import looked_at

    return load_machine(arguments.machine) or (looked_at() if launcher_rank() == 0 else default_machine())


def scaling(arguments: argparse.Namespace) -> int:
    """Say what more ranks would bring."""
    from parallel_nls.planning.performance.scaling import describe_scaling, scale_run
    from parallel_nls.studies.documents import refuse_existing

    refuse_existing(arguments.figure, "--figure")
    if arguments.figure is not None:
        from parallel_nls.figures.formats import check_format

        check_format(Path(arguments.figure).suffix.removeprefix("."))
    config, machine = load_configuration(arguments.config, arguments.set or []), _machine(arguments)
    found = scale_run(config, machine, arguments.ranks, weak=arguments.weak)
    _write(printable(describe_scaling(found, machine)))
    if arguments.figure is not None and launcher_rank() == 0:
        from parallel_nls.figures.scaling import plot_scaling

        plot_scaling({config.title: found}, Path(arguments.figure))
    return DONE


def calibrate(arguments: argparse.Namespace) -> int:
    """Measure the constants of this machine."""
    comm = world()
    from parallel_nls.doctor.calibration.calibrate import calibrate as measure
    from parallel_nls.doctor.calibration.calibrate import machine_text
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies.documents import refuse_existing, write_text

    from_root(comm, lambda: refuse_existing(arguments.to, "--to"))
    with _telling_of_compilation():
        found = measure(comm, Path(arguments.to or ".").absolute().parent if arguments.to else Path())
    text = machine_text(found.machine)
    if arguments.to is None:
        _write(text)
    else:
        from_root(comm, lambda: write_text(text, Path(arguments.to), "--to"))
    if comm.rank == 0:
        for remark in found.remarks:
            complain(remark)
    return DONE


def decompose(arguments: argparse.Namespace) -> int:
    """Decompose a stored field into bubbles."""
    comm = world()
    from parallel_nls.decompose import command
    from parallel_nls.decompose.request import Request

    request = Request(
        field=Path(arguments.field),
        count=arguments.bubbles,
        centers=tuple(arguments.center or ()),
        blowup_time=arguments.blowup_time,
        cutoff=arguments.cutoff,
        direction=arguments.direction,
        json=None if arguments.json is None else Path(arguments.json),
    )
    with _telling_of_compilation():
        outcome = command.decompose(comm, request)
    _write(outcome.text)
    if outcome.failure is not None and comm.rank == 0:
        complain(f"no decomposition was found: {outcome.failure}")
    return outcome.exit_code


def collapse(arguments: argparse.Namespace) -> int:
    """Say when runs collapse."""
    without_mpi()
    from parallel_nls.studies.collapse import describe_collapse

    text, found = describe_collapse(arguments.runs)
    _tell(text, found, arguments.json)
    return DONE


def studies(arguments: argparse.Namespace) -> int:
    """List the studies."""
    width = max(map(len, arguments.listed)) + 2
    _write("\n".join(f"{name:<{width}}{parser.description}" for name, parser in arguments.listed.items()))
    return DONE


def box_limit(arguments: argparse.Namespace) -> int:
    """Run a configuration in growing boxes, and say what the numbers come to."""
    comm = world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies import box_limit as study
    from parallel_nls.studies.documents import refuse_existing
    from parallel_nls.studies.sweep.plan import SweepPlan
    from parallel_nls.studies.sweep.run_sweep import run_sweep

    def make() -> SweepPlan:
        """Look at all that was given before anything runs."""
        refuse_existing(arguments.json)
        return study.plan_boxes(arguments.config, arguments.set or [], arguments.boxes, comm.size, arguments.output)

    plan = from_root(comm, make)
    code = run_sweep(plan, comm)
    if code != DONE:
        return code
    found = from_root(comm, lambda: study.box_limit(plan))
    _tell(study.describe_box_limit(found), found, arguments.json)
    return DONE


def study(arguments: argparse.Namespace) -> int:
    """Run what a study takes, and say what it comes to; a run directory is not run again."""
    if arguments.takes_run and Path(arguments.config).is_dir():
        if arguments.set or arguments.output or arguments.ranks_per_run or arguments.values is not arguments.offered:
            raise UserError(f"{arguments.config}: is a run that is there; of the options it takes --json alone")
        from parallel_nls.studies.decay_rate import describe_decay

        without_mpi()
        text, numbers = describe_decay(Path(arguments.config))
        _tell(text, numbers, arguments.json)
        return DONE
    comm = world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies.documents import refuse_existing, write_document
    from parallel_nls.studies.frame import Request, conduct
    from parallel_nls.studies.multi_bubbles.registry import STUDIES

    from_root(comm, lambda: refuse_existing(arguments.json))
    request = Request(
        arguments.config,
        tuple(arguments.values),
        tuple(arguments.set or ()),
        arguments.ranks_per_run or 1,
        arguments.output,
    )
    code, found = conduct(STUDIES[arguments.study], request, comm)
    if found is not None and arguments.json is not None and comm.rank == 0:
        write_document(found.document(), Path(arguments.json))
    return code


def confirm(arguments: argparse.Namespace) -> int:
    """Run a configuration and its refinements, and say which digits they agree on."""
    comm = world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies.confirmation.plan import Confirmation, plan_confirmation
    from parallel_nls.studies.confirmation.report import report
    from parallel_nls.studies.documents import refuse_existing
    from parallel_nls.studies.sweep.run_sweep import run_sweep

    def plan() -> Confirmation:
        """Look at all that was given before anything runs."""
        refuse_existing(arguments.json)
        overrides, ranks = arguments.set or [], arguments.ranks_per_run
        return plan_confirmation(arguments.config, overrides, comm.size, ranks, arguments.output)

    study = from_root(comm, plan)
    code = run_sweep(study.plan, comm)
    if code in (DONE, STOPPED):  # runs that a limit stops are compared as far as they go
        _tell(*from_root(comm, lambda: report(study)), arguments.json)
    return code


def minimal_mass_rate(arguments: argparse.Namespace) -> int:
    """Say how near the law a run of half waves blows up."""
    without_mpi()
    from parallel_nls.studies.minimal_mass_rate import describe_rate

    text, found = describe_rate(Path(arguments.run))
    _tell(text, found, arguments.json)
    return DONE


def check(arguments: argparse.Namespace) -> int:
    """Say what the blow-up theorems say of a configured hierarchy."""
    without_mpi()
    from parallel_nls.studies.hypotheses import check_hypotheses, describe

    config = load_configuration(arguments.config, arguments.set or [])
    with _telling_of_compilation():
        found, warning = check_hypotheses(config), narrow_potential(config)
    _tell(describe(found, warning), found.document() | {"warning": warning}, arguments.json)
    return DONE


def ground_state(arguments: argparse.Namespace) -> int:
    """Compute a ground state, say its numbers, and store it."""
    comm = world()
    from parallel_nls.parallel.consensus import from_root
    from parallel_nls.studies.ground_states import compute_ground_state
    from parallel_nls.studies.half_wave_states import describe_numbers

    config = from_root(comm, lambda: load_configuration(arguments.config, arguments.set or []))
    json = None if arguments.json is None else Path(arguments.json)
    field = None if arguments.field is None else Path(arguments.field)
    if field is None and json is not None:
        field = json.with_suffix(".h5")
    with _telling_of_compilation():
        found = compute_ground_state(config, comm, arguments.frequency, field=field, document=json)
    _tell(describe_numbers(found), found, arguments.json)
    return DONE


def blow_up_profile(arguments: argparse.Namespace) -> int:
    """Say the numbers of the blow-up profile of the half-wave equation."""
    without_mpi()
    from parallel_nls.studies.half_wave_states import describe_numbers, profile_numbers

    config = load_configuration(arguments.config, arguments.set or [])
    with _telling_of_compilation():
        found = profile_numbers(config)
    _tell(describe_numbers(found), found, arguments.json)
    return DONE


def _tell(text: str, numbers: dict[str, Any], json: str | None) -> None:
    """Print a text, and write the numbers as JSON if a file is named; rank 0 alone."""
    from parallel_nls.studies.documents import write_document

    if json is not None and launcher_rank() == 0:
        write_document(numbers, Path(json))
    _write(text)


def examples(arguments: argparse.Namespace) -> int:
    """List the examples, or print one."""
    _write(example_text(arguments.name) if arguments.name else "\n".join(example_names()))
    return DONE


def doctor(arguments: argparse.Namespace) -> int:
    """Examine installation and machine."""
    from parallel_nls.doctor.examination import examine
    from parallel_nls.doctor.guarded_start import start_guarded
    from parallel_nls.doctor.report_text import describe
    from parallel_nls.running.launcher import without_a_warning_of_strangers

    def start() -> Intracomm:
        """Start MPI, which is one of the things that may go wrong; in a process that answers signals anew."""
        answer()
        with without_a_warning_of_strangers():
            from mpi4py import MPI

            return MPI.COMM_WORLD

    report = examine(lambda: start_guarded(start), Path(arguments.folder), first=launcher_rank() == 0)
    watched = sys.stdout.isatty() and "OMPI_COMM_WORLD_RANK" not in os.environ
    _write(describe(report, on_terminal=watched))
    return report.exit_code
