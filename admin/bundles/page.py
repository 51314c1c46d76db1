"""Several menus as one file."""

from __future__ import annotations

import tempfile
from typing import IO, BinaryIO, cast

from flask import Response, send_file

from admin.bundles.service import BundleService
from admin.http.crowd import aside
from admin.http.language import t
from admin.http.listed import MAX_CHOSEN
from admin.http.page import Page, Pages
from admin.http.problems import ApiError
from ivr.domain.menu.published import IVR_ID

pages = Pages()

_IN_MEMORY_BYTES = 1024 * 1024


@pages("POST", "/menus/export", scope="read")
def export_menus(page: Page) -> Response:
    """A ZIP file with the bundle of each menu chosen."""
    chosen = [each for each in dict.fromkeys(page.form_list("chosen")) if IVR_ID.fullmatch(each)][:MAX_CHOSEN]
    # The file is closed when the answer is sent.
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115
    with aside():
        count = page.service(BundleService).pack_several(chosen, file)
    if count == 0:
        raise ApiError(404, "tree_not_found", t("None of these menus is there any more."))
    file.seek(0)
    return send_file(
        cast(BinaryIO, file),
        mimetype="application/zip",
        as_attachment=True,
        download_name="menus.zip",
        etag=False,
        max_age=0,
        conditional=False,
    )
