"""`python -m tinytorch.tito` is `tito`."""

import sys

if __name__ == "__main__":
    # Python looks into the current folder first, where a learner's random.py would take the place of the library's:
    # the state that `tito doctor` is to name. With -P, and in the script `tito`, it does not look there at all.
    if not sys.flags.safe_path:
        sys.path.pop(0)
    from tinytorch.tito.cli import main

    main()
