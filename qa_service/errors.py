"""What can go wrong with asking. Each message names the remedy.

ServiceError
├── QuestionInvalid      a question that is empty or too long
├── AnswerNotFound       no answer with this id is kept
├── WebhookNotFound      no webhook with this id
├── Overloaded           a question too many at once
├── LlmFailed            a language model that gives nothing to go by
├── GivenUp              a request that nobody waits for any more
├── FieldRefused         one part of a request that is well formed but can't be used
├── WritingRefused       a request to change the archive that may come from anywhere
├── KeyNotFound          a key that there is not
├── KeyRefused           a request without the key that it needs
├── IdMismatch           an article whose id is another than the one asked for
├── EvaluationInvalid    a file of questions that cannot be evaluated
├── ReaderUnavailable    a reader that cannot be loaded
├── ExporterUnavailable  spans that are to be exported and can't
└── PortUnavailable      an address that cannot be served on
"""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """Why nothing is shown of what a language model was asked for.

    Unreachable: no answer, or an error. Unusable: not in the form that was asked for. Unbacked: no sentence
    that a quote backs. Changed: what was quoted changed meanwhile, and other quotes are shown.
    """

    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNUSABLE = "unusable"
    UNBACKED = "unbacked"
    CHANGED = "changed"


class ServiceError(Exception):
    """Anything that goes wrong in the qa_service room."""


class QuestionInvalid(ServiceError):
    """A question that is empty or too long."""


class AnswerNotFound(ServiceError):
    """No answer with this id is kept."""


class WebhookNotFound(ServiceError):
    """An answer has no webhook with this id."""


class Overloaded(ServiceError):
    """A question too many at once."""


class LlmFailed(ServiceError):
    """A language model gave nothing to go by. The message names no address and no key."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(f"the language model is not made use of: {detail}")
        self.trouble = trouble


class GivenUp(ServiceError):
    """A request that nobody waits for any more, or that took too long."""


class FieldRefused(ServiceError):
    """One part of a request that is well formed but can't be used. `pointer` as in a problem's errors."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.pointer = pointer
        self.detail = detail


class WritingRefused(ServiceError):
    """A request to change the archive that may come from anywhere."""


class KeyNotFound(ServiceError):
    """A key that there is not."""


class KeyRefused(ServiceError):
    """A request without the key that it needs."""


class IdMismatch(ServiceError):
    """An article whose id is another than the one asked for."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"the id of this article is {article_id}")
        self.article_id = article_id


class EvaluationInvalid(ServiceError):
    """A file of questions that cannot be evaluated."""


class ReaderUnavailable(ServiceError):
    """A reader that cannot be loaded."""


class ExporterUnavailable(ServiceError):
    """Spans that are to be exported and can't."""


class PortUnavailable(ServiceError):
    """An address that cannot be served on."""
