"""`python -m tinytorch.tito` is `tito`; with ``python -P`` a file of the current folder hides no module from it."""

from tinytorch.tito.cli import main

if __name__ == "__main__":
    main()
