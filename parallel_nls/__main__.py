"""``python -m parallel_nls``: the command line by the Python that is wanted, whatever PATH says."""

from parallel_nls.cli import main

if __name__ == "__main__":
    main()
