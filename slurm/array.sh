#!/bin/bash
# A sweep: one run for each entry of MEMBERS, each a job of its own:   sbatch array.sh
# Submitted again, the members that are not done go on, and those that are done say so.
#SBATCH --job-name=sweep
#SBATCH --array=0-3                 # the entries of MEMBERS; 0-3%2 runs no more than two at a time
#SBATCH --nodes=1
#SBATCH --ntasks=8                  # one rank a core
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G            # see parallel-nls run CONFIG --dry-run --ranks 8
#SBATCH --time=04:00:00
#SBATCH --output=%x-%A_%a.out

CONFIG=${CONFIG:-mine.toml}
RUNS=${RUNS:-runs/sweep}            # member 2 goes into runs/sweep_2

# What --set takes: key=value, several with spaces between them, none within.
MEMBERS=(
    "initial.bubbles.1.phase=0.0"
    "initial.bubbles.1.phase=1.0"
    "initial.bubbles.1.phase=2.0 time.stop=-0.25"
    "initial.bubbles.1.phase=3.0 time.stop=-0.25"
)

# The modules with which scripts/setup was called.
# module load gcc openmpi hdf5-parallel fftw python
# shellcheck source=/dev/null
source "${PARALLEL_NLS:-$HOME/parallel_nls}/.venv/bin/activate"
export OMP_NUM_THREADS=1

member=${MEMBERS[$SLURM_ARRAY_TASK_ID]}
run=${RUNS}_$SLURM_ARRAY_TASK_ID
if [ -z "$member" ]; then
    echo "array: --array asks for member $SLURM_ARRAY_TASK_ID, MEMBERS has 0 to $((${#MEMBERS[@]} - 1))" >&2
    exit 2
fi

if [ -e "$run/config.toml" ]; then
    command=(resume "$run")
else
    command=(run "$CONFIG" --output "$run")
    for setting in $member; do command+=(--set "$setting"); done
fi
exec srun --mpi=pmix --kill-on-bad-exit=1 --cpu-bind=cores parallel-nls "${command[@]}"
