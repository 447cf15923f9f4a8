"""Every target by its name."""

from tests.fuzz.answer_target import ANSWERS
from tests.fuzz.hello_target import HELLOS
from tests.fuzz.proxy_header_target import PROXY_HEADER
from tests.fuzz.request_target import REQUESTS
from tests.fuzz.sealed_target import SEALED_TEXTS
from tests.fuzz.target import Target
from tests.fuzz.yaml_target import YAML

TARGETS: dict[str, Target] = {
    target.name: target for target in (REQUESTS, ANSWERS, SEALED_TEXTS, PROXY_HEADER, HELLOS, YAML)
}
