# One image for every process of Digitree; docker-compose.yml says which one a container runs.
# Its name is digitree/digitree, its tag the version: docs/packages.md.
# The digest is that of the index for all architectures; the tag says what it is.
FROM python:3.12.14-slim-trixie@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea

# What locks/run.txt lists, each file checked against its hash. libsndfile comes with soundfile's wheel, Piper with its own;
# nothing is compiled.
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY locks/build.txt locks/run.txt locks/
RUN pip install --no-deps --require-hashes --requirement locks/build.txt \
    && pip install --no-deps --no-build-isolation --require-hashes --requirement locks/run.txt
COPY setup.cfg pyproject.toml README.md LICENSE NOTICE ./
COPY web/editor/LICENSES.txt web/editor/LICENSES.txt
COPY ivr ivr
COPY keeper keeper
COPY launcher launcher
COPY dialplan dialplan
COPY esl_server esl_server
COPY admin admin
# The help of assistants is these pages, by symbolic links.
COPY docs/menu-language.md docs/menu-tests.md docs/menu-warnings.md docs/
COPY assistants assistants
COPY tts tts
COPY devswitch devswitch
RUN pip install --no-deps --no-build-isolation . && rm -rf /src/build

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Digitree" \
      org.opencontainers.image.description="Self-hosted IVR: keypress menus in front of AI voice agents, over FreeSWITCH" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT AND GPL-3.0-or-later" \
      org.opencontainers.image.base.name="docker.io/library/python:3.12.14-slim-trixie"

# The same number in every container: they share one volume.
RUN groupadd --system --gid 10001 digitree \
    && useradd --system --uid 10001 --gid digitree --home-dir /var/lib/digitree --create-home digitree \
    && install -d -o digitree -g digitree -m 0711 /var/lib/digitree-recordings
USER 10001:10001
WORKDIR /var/lib/digitree
ENV DIGITREE_HOME=/var/lib/digitree PYTHONUNBUFFERED=1
VOLUME /var/lib/digitree

# Of a container that runs all of it, or the API; docker-compose.yml has one for each process.
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f\"http://{os.environ.get('DIGITREE_HTTP') or '127.0.0.1:8080'}/readyz\", timeout=3)"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["digitree"]
CMD ["up"]
