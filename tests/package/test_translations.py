"""Every text of the pages and their scripts is translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from admin.http.language import catalogue_path
from tests.package.page_texts import Texts
from tests.package.translations import DOMAINS, TRANSLATED, extracted, sources, stored, updated, written

CATALOGUES = [(language, domain) for language in TRANSLATED for domain in DOMAINS]
# Names, which are the same in each language.
_NAMES = frozenset({"API", "CSV", "Digitree", "SIP", "SRTP", "URL", "WAV"})
_LITERAL = r'"(?:[^"\\]|\\.)*"|\'[^\']*\''
# What a template has that is not its own text: Jinja, classes, attributes that a macro makes, addresses as examples.
_CODE = re.compile(
    r"\{#.*?#\}|\{% trans.*?endtrans %\}|\{% block body_class %\}.*?endblock %\}"
    rf"|\{{%(?:{_LITERAL}|[^\"'])*?%\}}|\{{\{{(?:{_LITERAL}|[^\"'])*?\}}\}}",
    re.DOTALL,
)
_NO_WORDS = re.compile(r'[\w-]+="[^"]*"|sip:\S+')
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%")
_TAG = re.compile(r"</?\w+[^>]*>")


def messages(language: str, domain: str) -> Iterator[Message]:
    return (message for message in stored(language, domain) if message.id)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each text with its translation; a plural's are both compared with the form for many."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        for translation in message.string:
            yield message.id[1], translation


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_catalogue_has_the_texts_of_the_sources_and_no_other(language: str, domain: str) -> None:
    here = {(message.context, message.id) for message in messages(language, domain)}
    there = {(message.context, message.id) for message in extracted(domain) if message.id}
    assert here == there, "make translations"
    if here:
        assert catalogue_path(language, domain).read_text() == written(updated(language, domain)), "make translations"


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_each_text_has_a_translation_that_somebody_has_looked_at(language: str, domain: str) -> None:
    left = [each.id for each in messages(language, domain) if each.fuzzy or not all(text for _, text in pairs(each))]
    assert not left


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_translation_has_the_placeholders_and_the_tags_of_its_text(language: str, domain: str) -> None:
    for message in messages(language, domain):
        for text, translation in pairs(message):
            for pattern in (_PLACEHOLDER, _TAG):
                assert sorted(pattern.findall(translation)) == sorted(pattern.findall(text)), translation


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_translation_begins_and_ends_as_its_text_does(language: str, domain: str) -> None:
    for message in messages(language, domain):
        for text, translation in pairs(message):
            for ends in (str.isspace, ".:".__contains__):
                found = [ends(each[:1]) + 2 * ends(each[-1:]) for each in (text, translation)]
                assert found[0] == found[1], translation


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_of_a_page_ends_the_attribute_in_which_it_stands(language: str) -> None:
    """Templates put texts into attributes as they are; quotation marks are those of print: “ ”."""
    for message in messages(language, "messages"):
        for texts in pairs(message):
            assert not [each for each in texts if '"' in _TAG.sub("", each)]


def test_no_template_has_a_text_that_is_not_marked() -> None:
    for template in (each for each in sources("messages") if each.suffix == ".html"):
        found = " ".join(Texts(_CODE.sub("", template.read_text())).found)
        assert set(re.findall("[A-Za-z]{3,}", _NO_WORDS.sub("", found))) <= _NAMES, template.name
