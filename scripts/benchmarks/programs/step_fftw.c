/* The step that usual hand-written C code takes: one Lie split step of i u_t + Lap u + |u|^2 u = 0 in two dimensions
 * with FFTW-MPI, planned by FFTW_MEASURE, in place, transposed in spectral space.
 *
 *   mpicc -O3 -march=native -ffast-math step_fftw.c -o step_fftw -lfftw3_mpi -lfftw3 -lm
 *   mpirun -n 2 step_fftw 2048 10
 *
 * Prints one JSON line with the median time of a step over the repetitions. */
#include <complex.h>
#include <fftw3-mpi.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define WARM_UP 2
static const double PI = 3.14159265358979323846, BOX = 40.0, STEP = 1e-4;

static int compare(const void *first, const void *second) {
    double a = *(const double *)first, b = *(const double *)second;
    return (a > b) - (a < b);
}

static double wavenumber(ptrdiff_t index, ptrdiff_t points) {
    return 2 * PI / BOX * (index < points / 2 ? index : index - points);
}

/* A Gaussian on the rows that this rank holds. */
static void fill(fftw_complex *u, ptrdiff_t rows, ptrdiff_t first, ptrdiff_t points) {
    const double h = BOX / points;
    for (ptrdiff_t row = 0; row < rows; row++)
        for (ptrdiff_t column = 0; column < points; column++) {
            const double x = (row + first - points / 2) * h, y = (column - points / 2) * h;
            u[row * points + column] = 2 * exp(-(x * x + y * y) / 2);
        }
}

/* exp(-i |k|^2 STEP) / points^2 on the columns that this rank holds in spectral space. */
static void tabulate(fftw_complex *table, ptrdiff_t columns, ptrdiff_t first, ptrdiff_t points) {
    for (ptrdiff_t column = 0; column < columns; column++)
        for (ptrdiff_t row = 0; row < points; row++) {
            const double k = wavenumber(row, points), l = wavenumber(column + first, points);
            table[column * points + row] = cexp(-I * STEP * (k * k + l * l)) / ((double)points * points);
        }
}

static void multiply(fftw_complex *restrict u, const fftw_complex *restrict table, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) u[i] *= table[i];
}

static void rotate(fftw_complex *u, ptrdiff_t count) {
    double *part = (double *)u;
    for (ptrdiff_t i = 0; i < count; i++) {
        const double a = part[2 * i], b = part[2 * i + 1], angle = STEP * (a * a + b * b);
        const double c = cos(angle), s = sin(angle);
        part[2 * i] = a * c - b * s;
        part[2 * i + 1] = a * s + b * c;
    }
}

int main(int argc, char **argv) {
    MPI_Init(&argc, &argv);
    fftw_mpi_init();
    const MPI_Comm world = MPI_COMM_WORLD;
    const ptrdiff_t points = argc > 1 ? atoi(argv[1]) : 1024;
    const int repetitions = argc > 2 ? atoi(argv[2]) : 10;
    int rank, ranks;
    MPI_Comm_rank(world, &rank);
    MPI_Comm_size(world, &ranks);

    ptrdiff_t rows, first_row, columns, first_column;
    const ptrdiff_t room = fftw_mpi_local_size_2d_transposed(points, points, world, &rows, &first_row, &columns,
                                                             &first_column);
    fftw_complex *u = fftw_alloc_complex(room), *table = fftw_alloc_complex(columns * points + 1);
    const fftw_plan forward =
        fftw_mpi_plan_dft_2d(points, points, u, u, world, FFTW_FORWARD, FFTW_MEASURE | FFTW_MPI_TRANSPOSED_OUT);
    const fftw_plan backward =
        fftw_mpi_plan_dft_2d(points, points, u, u, world, FFTW_BACKWARD, FFTW_MEASURE | FFTW_MPI_TRANSPOSED_IN);
    fill(u, rows, first_row, points);
    tabulate(table, columns, first_column, points);

    double *seconds = malloc(repetitions * sizeof *seconds);
    for (int step = -WARM_UP; step < repetitions; step++) {
        MPI_Barrier(world);
        const double start = MPI_Wtime();
        fftw_execute(forward);
        multiply(u, table, columns * points);
        fftw_execute(backward);
        rotate(u, rows * points);
        MPI_Barrier(world);
        if (step >= 0) seconds[step] = MPI_Wtime() - start;
    }
    qsort(seconds, repetitions, sizeof *seconds, compare);

    double mass = 0, total = 0;
    for (ptrdiff_t i = 0; i < rows * points; i++) mass += creal(u[i]) * creal(u[i]) + cimag(u[i]) * cimag(u[i]);
    MPI_Reduce(&mass, &total, 1, MPI_DOUBLE, MPI_SUM, 0, world);
    if (rank == 0)
        printf("{\"points\": %td, \"ranks\": %d, \"ms_per_step\": %.3f, \"mass\": %.12f}\n", points, ranks,
               1e3 * seconds[repetitions / 2], total * BOX * BOX / ((double)points * points));
    MPI_Finalize();
    return 0;
}
