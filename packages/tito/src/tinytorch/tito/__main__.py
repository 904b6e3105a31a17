"""`python -m tinytorch.tito` is `tito`."""

from tinytorch.tito.cli import main

if __name__ == "__main__":
    main()
