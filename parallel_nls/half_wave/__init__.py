"""The wing of the half-wave equation on the line: ground state, blow-up profile, evolution, modulation, functionals.

    i u_t = D u − k(x)|u|²u,    D = |ξ|,    M = ∫|u|²,    E = ½‖D^{1/2}u‖² − ¼ ∫ k|u|⁴

Mass critical: λ^{−1/2}u(t/λ, x/λ) solves it with k(x/λ). DQ + Q = Q³ is the ground state; with 0 < k ≤ 1 = k(0) no
solution of mass below ‖Q‖² blows up.
"""
