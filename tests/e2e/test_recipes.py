"""What deploy/ ships can be read by what it is for: configurations by Stile, the rest by its own format."""

from pathlib import Path

import pytest
import yaml

from config.loader import load
from tests.support.processes import ROOT

CONFIGURATIONS = {path.parent.name: path for path in sorted((ROOT / "deploy").glob("*/stile.yaml"))}


@pytest.mark.parametrize("path", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_shipped_configuration_has_no_fault(path: Path) -> None:
    config = load(str(path))

    assert {site.mode.value for site in config.sites} == {"enforce"}


def test_the_compose_file_runs_two_nodes_on_one_memory_and_one_key() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text("utf-8"))["services"]

    assert set(services) == {"shop", "memory", "key", "first", "second"}
    assert services["first"]["volumes"] == services["second"]["volumes"]
