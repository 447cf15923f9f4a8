import pytest

from detectors.fingerprint.device import DESKTOP, DEVICES, OTHER, PHONE, TABLET, device_of

AGENTS = {
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36": DESKTOP,
    b"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15": DESKTOP,
    b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": DESKTOP,
    b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36": PHONE,
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1": PHONE,
    b"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36": TABLET,
    b"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Version/12.1.2 Mobile/15E148 Safari/604.1": TABLET,
    b"Mozilla/5.0 (Android 14; Tablet; rv:128.0) Gecko/128.0 Firefox/128.0": TABLET,
    b"Lynx/2.9.0dev.12 libwww-FM/2.14": OTHER,
    b"curl/8.9.1": OTHER,
    b"": OTHER,
    b"\xff\xfe": OTHER,
}


@pytest.mark.parametrize(("agent", "device"), AGENTS.items())
def test_a_user_agent_claims_a_device(agent, device):
    assert device_of(agent) == device
    assert device in DEVICES
