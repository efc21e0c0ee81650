"""From names in a configuration to objects.

The only place that knows the names of equations, domains, kinds of initial data and families of quantities.
"""

from parallel_nls.running.assembly.initial import reference_profile, start_state
from parallel_nls.running.assembly.measuring import findings_of, make_sampler, series_quantities, try_user_code
from parallel_nls.running.assembly.solving import check_memory_of_all, make_integrator, make_step_control

__all__ = [
    "check_memory_of_all",
    "findings_of",
    "make_integrator",
    "make_sampler",
    "make_step_control",
    "reference_profile",
    "series_quantities",
    "start_state",
    "try_user_code",
]
