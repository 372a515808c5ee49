"""Spans of requests and of the stages of answering, for OpenTelemetry.

They cost nothing, and no package beside the API is imported, until something exports them: what the standard
variables name (OTEL_EXPORTER_OTLP_ENDPOINT …), or a provider that was set otherwise. No span says what was
asked or read.
"""

from __future__ import annotations

import os
from importlib import metadata

from opentelemetry import trace

from qa_service.errors import ExporterUnavailable

TRACER = trace.get_tracer("tanya")

_ENDPOINTS = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"


def export_spans() -> bool:
    """Export spans from now on, if the environment says where to. Raises ExporterUnavailable.

    By OTLP over HTTP; sampling, headers, service name and the rest are the SDK's standard variables.
    """
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if off or os.environ.get("OTEL_TRACES_EXPORTER") == "none" or not any(map(os.environ.get, _ENDPOINTS)):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ExporterUnavailable(
            f"spans cannot be exported ({error}): install what that takes with pip install 'tanya[otel]', or "
            "unset OTEL_EXPORTER_OTLP_ENDPOINT"
        ) from error
    name = os.environ.get("OTEL_SERVICE_NAME", "tanya")
    about = {"service.name": name, "service.version": metadata.version("tanya")}
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
