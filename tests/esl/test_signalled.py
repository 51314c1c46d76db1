"""The number dialled and the caller's in the channel data, as FreeSWITCH 1.10.12 has them."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from esl_server.switch.channel_data import ChannelData
from esl_server.switch.signalled import caller_of, dialled_of


@pytest.mark.parametrize(
    ("told", "caller"),
    [(b"%2B14805551234", ("+14805551234", "+14805551234")), (b"4805551234", ("+14805551234", "4805551234")),
     (b"anonymous", (None, "anonymous")), (b"a%0Ab", (None, "a?b")), (None, (None, ""))],
)  # fmt: skip
def test_the_callers_number_is_kept_as_received_and_as_a_number(
    told: bytes | None, caller: tuple[str | None, str]
) -> None:
    channel = ChannelData(b"Unique-ID: 1\n" + (b"" if told is None else b"Caller-Caller-ID-Number: " + told + b"\n"))
    assert caller_of(channel, "US") == caller
    assert caller_of(ChannelData(b"Caller-Caller-ID-Number: 02079460958\n"), "GB")[0] == "+442079460958"


def channel_of(number: str, header: str) -> ChannelData:
    text = f"Unique-ID: 1\nCaller-Caller-ID-Number: {quote(number)}\nvariable_sip_full_from: {quote(header)}\n"
    return ChannelData(text.encode())


@pytest.mark.parametrize(
    ("number", "header", "caller"),
    [
        # RFC 3966: no host, and the context of a local number
        ("nobody", "<tel:+14805557777>;tag=1", "+14805557777"),
        ("nobody", '"A <b>" <TEL:+1-480-555-7777>;tag=1', "+14805557777"),
        ("nobody", "tel:+14805557777;tag=1", "+14805557777"),
        ("nobody", "<tel:5557777;phone-context=+1480>;tag=1", "+14805557777"),
        ("nobody", "<tel:02079460958;Phone-Context=%2B44>;tag=1", "+442079460958"),
        ("nobody", "<tel:2079460958;Phone-Context=+44>;tag=1", "+442079460958"),
        ("nobody", "<tel:5557777;phone-context=carrier.example>;tag=1", None),
        ("nobody", "<tel:+14805557777;npdi;verstat=TN-Validation-Passed>;tag=1", "+14805557777"),
        ("+14805557777", "<tel:+14805557777>;tag=1", "+14805557777"),
        ("5557777", "<tel:5557777;phone-context=+1480>;tag=1", "+14805557777"),
        ("5557777", "<sip:5557777;phone-context=+1480@carrier.example;user=phone>;tag=1", "+14805557777"),
        ("2079460958", "<sip:2079460958;PHONE-CONTEXT=+44@carrier.example>;tag=1", "+442079460958"),
        # withheld, or no number at all
        ("nobody", "<tel:+266696687>;tag=1", None),
        ("nobody", "<sip:anonymous@anonymous.invalid>;tag=1", None),
        ("nobody", "<sip:nobody@carrier.example>;tag=1", None),
        ("nobody", "<sip:carrier.example>;tag=1", None),
        ("nobody", "<mailto:+14805557777>;tag=1", None),
        ("nobody", "<tel:+14805557777>, <tel:+14805558888>", None),
        ("nobody", "", None),
        # the number is that of an asserted identity
        ("anonymous", "<tel:5557777;phone-context=+1480>;tag=1", None),
        ("+14805551111", "<tel:5557777;phone-context=+1480>;tag=1", "+14805551111"),
        ("+14805551111", "<tel:+14805551111;phone-context=+1480>;tag=1", "+14805551111"),
    ],
)
def test_a_number_is_read_as_it_stands_in_from(number: str, header: str, caller: str | None) -> None:
    assert caller_of(channel_of(number, header), "US")[0] == caller


def test_what_was_received_is_kept_with_its_context() -> None:
    header = "<tel:5557777;phone-context=+1480>;tag=1"
    assert caller_of(channel_of("nobody", header), "US")[1] == "tel:5557777;phone-context=+1480"
    assert caller_of(channel_of("nobody", "<sip:nobody@x>;tag=1"), "US")[1] == "sip:nobody@x"


@pytest.mark.parametrize(
    ("number", "parameters", "dialled"),
    [
        ("+16025550100", None, "+16025550100"),
        ("+16025550100", "transport=udp", "+16025550100"),
        ("+16025550100", "phone-context=+1602", "+16025550100"),
        ("5550100", "phone-context=+1602", "5550100;phone-context=+1602"),
        ("5550100;Phone-Context=+1602", "x;phone-context=+1480", "5550100;Phone-Context=+1602"),
        (None, None, ""),
    ],
)
def test_a_number_dialled_is_kept_with_its_context(
    number: str | None, parameters: str | None, dialled: str
) -> None:
    names = {"Unique-ID": "1", "Caller-Destination-Number": number, "variable_sip_req_params": parameters}
    text = "".join(f"{name}: {quote(value)}\n" for name, value in names.items() if value is not None)
    assert dialled_of(ChannelData(text.encode())) == dialled
