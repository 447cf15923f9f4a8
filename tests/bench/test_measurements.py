from importlib import import_module

import pytest

from tests.support.processes import ROOT

ELSEWHERE = {"bench.driven"}  # run by the laboratory's interpreter, which has the tools
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "bench").rglob("*.py")
    if path.parent.name != "programs" and path.stem != "__main__"
)


@pytest.mark.parametrize("module", sorted({*MODULES} - ELSEWHERE))
def test_a_measurement_still_fits_what_it_measures(module: str) -> None:
    """Long ones run by hand, so a name that is gone would be missed."""
    assert import_module(module)
