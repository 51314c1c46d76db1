"""`python -m esl_server`: one process of the ESL server. Patches first: psycopg and redis wait the way they find
the world when they are imported."""

from gevent import monkey

monkey.patch_all()

from esl_server.process import main  # noqa: E402

if __name__ == "__main__":
    main()
