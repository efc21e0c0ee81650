"""The studies by name, as `offers` lists them."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_nls.studies.frame import Study
from parallel_nls.studies.multi_bubbles.construction import Construction
from parallel_nls.studies.multi_bubbles.energy_quantization import EnergyQuantization
from parallel_nls.studies.multi_bubbles.multi_solitons import MultiSolitons
from parallel_nls.studies.multi_bubbles.rates import CaseOne, CaseTwo, DecayRates
from parallel_nls.studies.multi_bubbles.solitary_wave import SolitaryWave
from parallel_nls.studies.multi_bubbles.uniqueness import Uniqueness

_ALL: tuple[Study, ...] = (
    DecayRates(),
    Construction(),
    Uniqueness(),
    CaseOne(),
    CaseTwo(),
    MultiSolitons(),
    SolitaryWave(),
    EnergyQuantization(),
)
STUDIES: Mapping[str, Study] = {study.name: study for study in _ALL}
