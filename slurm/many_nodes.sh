#!/bin/bash
# One run on many nodes:   sbatch many_nodes.sh
# A job that ended before the run did (exit code 75, a time limit, scancel) goes on where it stopped: submit it again.
#SBATCH --job-name=mine
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=64        # one rank a core
#SBATCH --cpus-per-task=1
#SBATCH --exclusive
#SBATCH --mem=0                     # all memory of each node
#SBATCH --time=12:00:00
#SBATCH --output=%x-%j.out

CONFIG=${CONFIG:-mine.toml}
RUN=${RUN:-runs/mine}               # on a file system that all nodes share

# The modules with which scripts/setup was called.
# module load gcc openmpi hdf5-parallel fftw python
# shellcheck source=/dev/null
source "${PARALLEL_NLS:-$HOME/parallel_nls}/.venv/bin/activate" || exit 2
export OMP_NUM_THREADS=1

# One of two ways to start the ranks. With srun, one dead rank ends the job, and all ranks hear every signal. mpirun
# does the same for dead ranks; told to end, it kills its ranks after twice the seconds given here, which they need for
# a checkpoint, and it waits as long whenever the exit code is not 0.
LAUNCH=(srun --mpi=pmix --kill-on-bad-exit=1 --cpu-bind=cores)
# LAUNCH=(mpirun --bind-to core --mca odls_base_sigkill_timeout 15)

# A name that begins with a dash is no option.
case $CONFIG in -*) CONFIG=./$CONFIG ;; esac
case $RUN in -*) RUN=./$RUN ;; esac
if [ -e "$RUN/config.toml" ]; then
    command=(resume "$RUN")
else
    command=(run "$CONFIG" --output "$RUN")
fi
exec "${LAUNCH[@]}" parallel-nls "${command[@]}"
