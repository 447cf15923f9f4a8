"""Programs that only some machines have: a test names what it needs and is skipped without it."""

import shutil

import pytest


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip where one of the programs is not on the PATH. `make programs` installs them where it may."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(
        bool(missing), reason=f"not on this machine: {', '.join(missing)} (try make programs)"
    )
