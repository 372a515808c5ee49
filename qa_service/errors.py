"""What can go wrong with asking. Each message names the remedy.

ServiceError
├── QuestionInvalid      a question that is empty or too long
├── EvaluationInvalid    a file of questions that cannot be evaluated
├── ReaderUnavailable    a reader that cannot be loaded
└── PortUnavailable      an address that cannot be served on
"""


class ServiceError(Exception):
    """Anything that goes wrong in the qa_service room."""


class QuestionInvalid(ServiceError):
    """A question that is empty or too long."""


class EvaluationInvalid(ServiceError):
    """A file of questions that cannot be evaluated."""


class ReaderUnavailable(ServiceError):
    """A reader that cannot be loaded."""


class PortUnavailable(ServiceError):
    """An address that cannot be served on."""
