"""What fails without an answer is answered all the same."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.problems import fault


class Faults:
    """Answers what fails in the app before anything was sent.

    It stands inside all that an answer passes on its way out, so that this one too has the request's id, is
    noted with its own status, and may be read by pages that may read the others. The framework's own place
    for this is outside of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def beginning(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, beginning)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await fault(error)(scope, receive, send)
