"""Standing waves in periodic boxes, on any number of ranks: |ξ|^s Q + ωQ = k(x)Q^{p+1} + V(x)Q, and operators at Q.

PETSc (petsc4py) solves, `petsc` alone imports it, and only when it is asked to; operators are the Fourier transforms
of the engine. All of it depends on a domain, the symbol, the power and the two functions, not on configurations.
"""
