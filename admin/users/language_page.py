"""The choice of the page's language, which everybody has, also before they log in."""

from __future__ import annotations

from flask import Response, redirect

from admin.http import language
from admin.http.kept_form import is_below_ui
from admin.http.page import ROOT, Page, Pages

pages = Pages()


@pages("POST", "/language", open=True)
def choose_language(page: Page) -> Response:
    """Keep the choice in the browser and lead back to where it was made."""
    wanted = page.form.get("next", "")
    response: Response = redirect(wanted if is_below_ui(wanted) else f"{ROOT}/", 303)  # type: ignore[assignment]
    language.choose(response, page.form.get("language", ""))
    return response
