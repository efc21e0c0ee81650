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

# What --set takes: key=value, several with spaces between them; where one has spaces within, each on a line of its own.
MEMBERS=(
    "initial.bubbles.1.phase=0.0"
    "initial.bubbles.1.phase=1.0"
    "initial.bubbles.1.phase=2.0 time.stop=-0.25"
    "initial.bubbles.1.phase=3.0 time.stop=-0.25"
)

# The modules with which scripts/setup was called.
# module load gcc openmpi hdf5-parallel fftw python
# shellcheck source=/dev/null
source "${PARALLEL_NLS:-$HOME/parallel_nls}/.venv/bin/activate" || exit 2
export OMP_NUM_THREADS=1

number=${SLURM_ARRAY_TASK_ID:-none}
if ! [[ $number =~ ^[0-9]{1,6}$ ]] || ((10#$number >= ${#MEMBERS[@]})); then
    printf 'array: asked for member %q, MEMBERS has 0 to %d; submit by sbatch --array\n' "$number" $((${#MEMBERS[@]} - 1)) >&2
    exit 2
fi
member=${MEMBERS[10#$number]}
run=${RUNS}_$((10#$number))
# A name that begins with a dash is no option.
case $CONFIG in -*) CONFIG=./$CONFIG ;; esac
case $run in -*) run=./$run ;; esac

if [ -e "$run/config.toml" ]; then
    command=(resume "$run")
else
    command=(run "$CONFIG" --output "$run")
    case $member in
    *$'\n'*) mapfile -t settings <<<"$member" ;;
    *) read -ra settings <<<"$member" ;; # into words, of which none is taken for names of files
    esac
    for setting in "${settings[@]}"; do
        setting=${setting#"${setting%%[![:space:]]*}"}
        if [ -n "$setting" ]; then command+=("--set=$setting"); fi
    done
fi
exec srun --mpi=pmix --kill-on-bad-exit=1 --cpu-bind=cores parallel-nls "${command[@]}"
