"""`python -m esl_server`: one process of the ESL server. It patches first: psycopg and redis choose how they wait
when they are imported."""

from gevent import monkey

monkey.patch_all()

from esl_server.process import main  # noqa: E402

if __name__ == "__main__":
    main()
