# One image for every process of Digitree; docker-compose.yml says which one a container runs.
FROM python:3.12-slim

# libsndfile comes with soundfile's wheel, Piper with its own; nothing is compiled.
WORKDIR /src
COPY setup.cfg pyproject.toml README.md LICENSE NOTICE ./
COPY web/editor/LICENSES.txt web/editor/LICENSES.txt
COPY ivr ivr
COPY keeper keeper
COPY launcher launcher
COPY dialplan dialplan
COPY esl_server esl_server
COPY admin admin
COPY tts tts
COPY devswitch devswitch
RUN pip install --no-cache-dir --disable-pip-version-check . && rm -rf /src/build

# The same number in every container: they share one volume.
RUN useradd --system --uid 10001 --home-dir /var/lib/digitree --create-home digitree
USER digitree
WORKDIR /var/lib/digitree
ENV DIGITREE_HOME=/var/lib/digitree PYTHONUNBUFFERED=1
VOLUME /var/lib/digitree

STOPSIGNAL SIGTERM
ENTRYPOINT ["digitree"]
CMD ["up"]
