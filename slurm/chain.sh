#!/bin/bash
# A run longer than a job may be:   sbatch chain.sh
# Before its time limit the job checkpoints, puts itself back into the queue, and goes on from there, until the run is
# done. Every other end of the run ends the chain with the run's exit code; scancel ends it too.
#SBATCH --job-name=mine
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=64        # one rank a core
#SBATCH --cpus-per-task=1
#SBATCH --exclusive
#SBATCH --mem=0                     # all memory of each node
#SBATCH --time=12:00:00
#SBATCH --signal=B:USR1@120         # to this shell, 120 s before the end or a little earlier
#SBATCH --requeue
#SBATCH --open-mode=append          # all parts into one file
#SBATCH --output=%x-%j.out

CONFIG=${CONFIG:-mine.toml}
RUN=${RUN:-runs/mine}               # on a file system that all nodes share
RESTARTS=${RESTARTS:-100}           # no more than so many: a run that makes no progress must end

# The modules with which scripts/setup was called.
# module load gcc openmpi hdf5-parallel fftw python
# shellcheck source=/dev/null
source "${PARALLEL_NLS:-$HOME/parallel_nls}/.venv/bin/activate" || exit 2
export OMP_NUM_THREADS=1

# One of two ways to start the ranks (see many_nodes.sh); srun where jobs may be preempted.
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
newest() {                          # by steps: of more than eight digits names are in another order
    local states=("$RUN"/checkpoints/state_*.h5)
    printf '%s\n' "${states[@]##*_}" | sort --numeric-sort | tail --lines=1
}
begun=$(newest)
echo "chain: restart ${SLURM_RESTART_COUNT:-0} of at most $RESTARTS: parallel-nls ${command[*]}"

# In the background, because a shell hears no signal while it runs a command. srun and mpirun pass USR1 on to all ranks;
# TERM would make them end the ranks themselves, so that it is passed on as USR1 too.
signalled=
heard=
trap 'signalled=yes; heard=yes; kill -USR1 $! 2>/dev/null' USR1 TERM
"${LAUNCH[@]}" parallel-nls "${command[@]}" &
while
    signalled=
    wait $!
    code=$?
    [ -n "$signalled" ]             # then the signal has ended wait, not the run
do :; done
trap - USR1 TERM

if [ $code != 75 ]; then
    echo "chain: ends with exit code $code"
    exit $code
fi
if [ "${SLURM_RESTART_COUNT:-0}" -ge "$RESTARTS" ]; then
    echo "chain: checkpointed, but this was restart $RESTARTS of $RESTARTS: submit it again to go on"
    exit $code
fi
# Slurm ends the ranks when it takes the nodes away, and also when one of them has died: then it might be so for ever.
if [ -z "$heard" ] && [ "$(newest)" = "$begun" ] &&
    ! scontrol show job "$SLURM_JOB_ID" | grep --quiet 'PreemptTime=[0-9]'; then
    echo "chain: ends with exit code $code: no new checkpoint, and no signal to the job; has a rank died, or is the" \
        "time limit too short? Submit it again to go on"
    exit $code
fi
case $(squeue --noheader --job "$SLURM_JOB_ID" --format "%T %r") in
RUNNING* | *TimeLimit)
    echo "chain: checkpointed, requeues itself"
    if ! scontrol requeue "$SLURM_JOB_ID"; then
        echo "chain: Slurm does not let it: submit it again to go on"
    fi
    ;;
"") echo "chain: checkpointed, but squeue does not tell whether the job was cancelled: submit it again to go on" ;;
*) echo "chain: checkpointed, the job was cancelled: submit it again to go on" ;;
esac
exit $code
