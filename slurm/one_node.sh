#!/bin/bash
# One run on one node:   sbatch one_node.sh
# A job that ended before the run did (exit code 75, a time limit, scancel) goes on where it stopped: submit it again.
#SBATCH --job-name=mine
#SBATCH --nodes=1
#SBATCH --ntasks=16                 # one rank a core
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G            # see parallel-nls run CONFIG --dry-run --ranks 16
#SBATCH --time=04:00:00
#SBATCH --output=%x-%j.out

CONFIG=${CONFIG:-mine.toml}
RUN=${RUN:-runs/mine}

# The modules with which scripts/setup was called.
# module load gcc openmpi hdf5-parallel fftw python
# shellcheck source=/dev/null
source "${PARALLEL_NLS:-$HOME/parallel_nls}/.venv/bin/activate" || exit 2
export OMP_NUM_THREADS=1

# A name that begins with a dash is no option.
case $CONFIG in -*) CONFIG=./$CONFIG ;; esac
case $RUN in -*) RUN=./$RUN ;; esac
if [ -e "$RUN/config.toml" ]; then
    command=(resume "$RUN")
else
    command=(run "$CONFIG" --output "$RUN")
fi
exec srun --mpi=pmix --kill-on-bad-exit=1 --cpu-bind=cores parallel-nls "${command[@]}"
