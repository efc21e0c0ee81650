"""The studies by name, as `offers` lists them."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_nls.studies.frame import Study
from parallel_nls.studies.multi_bubbles.construction import Construction
from parallel_nls.studies.multi_bubbles.energy_quantization import EnergyQuantization
from parallel_nls.studies.multi_bubbles.rates import CaseOne, CaseTwo, DecayRates

STUDIES: Mapping[str, Study] = {
    study.name: study for study in (DecayRates(), Construction(), CaseOne(), CaseTwo(), EnergyQuantization())
}
