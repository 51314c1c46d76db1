"""`python -m admin`: the admin app under gunicorn, listening on DIGITREE_HTTP, until SIGTERM."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402 - patched first

from gunicorn.app.wsgiapp import WSGIApplication  # type: ignore[import-untyped]  # noqa: E402


def main() -> None:
    """Run gunicorn in this process; further arguments are passed to gunicorn."""
    sys.argv = ["python -m admin", "--config", "python:admin.http.gunicorn_conf", *sys.argv[1:], "admin.wsgi:app"]
    WSGIApplication("%(prog)s [OPTIONS]").run()


if __name__ == "__main__":
    main()
