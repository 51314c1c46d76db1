"""What is typed into the filters of pages, however it is written."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.admin.test_services_page import browser  # noqa: F401 - a fixture


@pytest.mark.parametrize("path", ["/ui/dnc?search=x", "/ui/dnc/find?number=x"])
def test_a_search_without_digits_is_refused_on_the_page_that_has_its_form(
    browser: FlaskClient, path: str  # noqa: F811
) -> None:
    answer = browser.get(path)
    assert answer.status_code == 422
    assert "Please correct this:" in answer.text
    assert "<strong>Number</strong>" in answer.text
    assert 'id="find"' in answer.text


@pytest.mark.parametrize("typed", ["es", "ES", "es-MX", "ES_mx", " es "])
def test_calls_are_filtered_by_a_language_however_it_is_written(
    browser: FlaskClient, typed: str  # noqa: F811
) -> None:
    assert browser.get("/ui/calls", query_string={"language": typed}).status_code == 200
