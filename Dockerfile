# docker build -t tanya .    With a package index that has torch's CPU build (a tenth of the size):
# docker build -t tanya --build-arg PIP_EXTRA_INDEX_URL=… .
FROM python:3.11-slim AS build
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/tanya
COPY requirements.lock requirements-test.lock ./
RUN /opt/tanya/bin/pip install -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY index index
COPY qa_service qa_service
COPY ui ui
# All but what exports spans is there by now; the tests' lock has its versions.
RUN /opt/tanya/bin/pip install --no-build-isolation --constraint requirements-test.lock '.[otel]'

FROM python:3.11-slim
COPY --from=build /opt/tanya /opt/tanya
RUN useradd --no-log-init --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin tanya \
    && install --directory --owner=tanya --group=tanya --mode=0750 /data
# The embedding model is made in the volume by the first start, in seconds: the wheel that it is made of is here.
ENV PATH=/opt/tanya/bin:$PATH TANYA_HOME=/data TANYA_HOST=0.0.0.0 TANYA_PORT=8000 HF_HUB_OFFLINE=1 HOME=/tmp PYTHONUNBUFFERED=1
WORKDIR /data
VOLUME /data
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=3m CMD ["python", "-c", "import http.client, os, sys; service = http.client.HTTPConnection('127.0.0.1', int(os.environ['TANYA_PORT']), timeout=4); service.request('GET', '/health/ready'); sys.exit(service.getresponse().status != 200)"]
ENTRYPOINT ["tanya"]
CMD ["serve"]
