"""Rules on addresses: what leads to a private place is found in every disguise."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evolink_codegen.runtime.validation import Validator, url_fault

TEXT = {"type": "string"}


def of(schema: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"p": schema}}


URL = {"schemes": ["https"], "public": True}


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "EXAMPLE.com.",
        "8.8.8.8",
        "[2606:4700::1111]",
        "[::ffff:8.8.8.8]",
        "localhost.example.com",
        "xn--9n2bp8q.example",
        "비디오.example",
        "1.2.3.4.example.com",
    ],
)
def test_public_hosts_pass(host: str) -> None:
    assert url_fault(f"https://{host}/x", URL) is None
    assert url_fault(f"https://user:secret@{host}:8443/x?y#z", URL) is None


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "printer.local",
        "db.internal",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fc00::1]",
        "[ff02::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:a00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
        "\u2460\u2461\u2466.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
def test_private_host_is_refused_in_every_spelling(host: str) -> None:
    fault = url_fault(f"https://{host}/x", URL)
    assert fault is not None
    assert fault.endswith(("leads to a private or loopback address", "is not an address"))
    assert url_fault(f"https://{host}/x", {"schemes": ["https"]}) is None or "%" in host


@pytest.mark.parametrize(
    "url",
    [
        "https://good.example\\@127.0.0.1/",
        "https://127.0.0.1\\@good.example/",
        "https://good.example /x",
        "https://good.example/\n",
        "https://good.exa\tmple/",
        "https://good.example/\u202e",
        "https://[::1/",
        "https://good.example:port/",
        "https://good.example:99999/",
    ],
)
def test_ambiguous_address_is_refused(url: str) -> None:
    assert str(url_fault(url, URL)).endswith("is not an address")


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com", '"http://example.com" must begin with https://'),
        ("ftp://example.com", '"ftp://example.com" must begin with https://'),
        ("example.com", '"example.com" must begin with https://'),
        ("https://", '"https://" has no host'),
        ("https:///x", '"https:///x" has no host'),
        ("", '"" must begin with https://'),
    ],
)
def test_scheme_and_host_are_required(url: str, fault: str) -> None:
    assert url_fault(url, URL) == fault


def test_local_address_passes_if_allowed() -> None:
    assert url_fault("http://127.0.0.1:8080/x", URL, allow_local=True) is None
    assert url_fault("https://localhost/x", URL, allow_local=True) is None
    assert "must begin with" in str(url_fault("ftp://localhost/x", URL, allow_local=True))
    schema = of({**TEXT, "x-evolink-url": URL})
    assert [one.rule for one in Validator(schema).violations({"p": "https://10.0.0.1/"})] == ["url"]
    assert Validator(schema, allow_local=True).violations({"p": "http://10.0.0.1/"}) == []


def test_suffixes_only_warn() -> None:
    schema = of({"type": "array", "items": {**TEXT, "x-evolink-url": {"suffixes": [".mp4", ".mov"]}}})
    validator = Validator(schema)
    value = {"p": ["https://a.b/x.MP4?y=1", "https://a.b/x.avi"]}
    assert validator.violations(value) == []
    assert validator.warnings(value) == ['p[1]: "https://a.b/x.avi" does not end in ".mp4" or ".mov"']


@given(st.text(max_size=40), st.sampled_from(["https://", "http://", "", "https://[", "https://@"]))
def test_any_text_is_accepted_or_refused(text: str, start: str) -> None:
    fault = url_fault(start + text, URL)
    assert fault is None or "\n" not in fault


@given(st.ip_addresses())
def test_public_address_is_as_registered(address: Any) -> None:
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    host = f"[{address}]" if address.version == 6 else str(address)
    if url_fault(f"https://{host}/", URL) is None:
        assert inner.is_global
        assert not inner.is_multicast
