"""Which numbers may be rung. Pure.

Toll fraud lives on calls to numbers that pay whoever is called: premium and shared-cost numbers, satellite networks,
and countries far away. So a number must be an ordinary one, in a country that is allowed.
"""

from __future__ import annotations

from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType

from ivr.domain.numbers import E164

_ORDINARY = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
_KINDS = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.PERSONAL_NUMBER: "a personal number that is forwarded at the caller's cost",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company number",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
}


def find_refusal(number: E164, countries: Collection[str] | None) -> str | None:
    """Why this number is not rung, as a sentence; None: it may be. `countries` by their two letters, None: any."""
    parsed = phonenumbers.parse(number)
    # 001: networks of no country, among them those of satellites.
    country = phonenumbers.region_code_for_number(parsed)
    if country is None or not phonenumbers.is_valid_number(parsed):
        return f"{number} is in no range of numbers that are in use; give the whole number of a telephone"
    if countries is None:
        countries = {country} - {"001"}
    if country not in countries:
        where = "belongs to no country" if country == "001" else f"is in {country}"
        allowed = ", ".join(sorted(countries)) or "countries"
        return f"{number} {where}, and only numbers in {allowed} may be rung; DIGITREE_RING_COUNTRIES allows others"
    kind = phonenumbers.number_type(parsed)
    if kind not in _ORDINARY:
        return f"{number} is {_KINDS.get(kind, 'no ordinary number')}; only ordinary telephones may be rung"
    return None
