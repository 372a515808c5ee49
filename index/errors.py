"""What can go wrong with the corpus. Each message names the remedy.

CorpusError
├── ModelUnavailable     the embedding model's file is missing, damaged or not the one expected
├── EmbedderMismatch     the stored vectors were made by another model
├── StoreUnavailable     the database cannot be opened, read or written
│   └── StoreTooNew      it was written by a later version of Tanya
├── WriterBusy           another process is writing
├── ArticleUnreadable    a raw article that cannot be made into an Article
├── FetchRefused         a URL that may not, or cannot, be fetched
│   └── AddressRefused   it leads into somebody's own network
├── FolderGone           a watched folder that is not there any more
├── ArticleNotFound      no article has this id
│   └── ArticleReplaced  one had, which another has taken the place of
├── RevisionNotFound     the article has no such earlier version
├── JobNotFound          no job has this id
├── HomeInUse            another process has the database open
├── BackupFailed         a backup that cannot be made
├── BackupUnusable       a file that is no sound backup, or of a later version
└── ExportFailed         a file that the articles cannot be written into
"""


class CorpusError(Exception):
    """Anything that goes wrong in the index room."""


class ModelUnavailable(CorpusError):
    """The embedding model's file is missing, damaged or not the one expected."""


class EmbedderMismatch(CorpusError):
    """The stored vectors were made by another model than the one in use."""


class StoreUnavailable(CorpusError):
    """The database cannot be opened, read or written."""


class StoreTooNew(StoreUnavailable):
    """The database was written by a later version of Tanya."""


class WriterBusy(CorpusError):
    """Another process is writing to the corpus."""


class ArticleUnreadable(CorpusError):
    """A raw article that cannot be made into an Article."""


class FetchRefused(CorpusError):
    """A URL that may not, or cannot, be fetched."""


class AddressRefused(FetchRefused):
    """A URL that leads into somebody's own network."""


class FolderGone(CorpusError):
    """A watched folder that is not there any more."""


class ArticleNotFound(CorpusError):
    """No article has this id."""


class ArticleReplaced(ArticleNotFound):
    """An article had this id, and another, whose id is `replaced_by`, has taken its place."""

    def __init__(self, article_id: str, *, replaced_by: str) -> None:
        super().__init__(
            f"the article {article_id!r} has been replaced: GET /articles/{replaced_by} is how it is now, "
            f"GET /articles/{replaced_by}/revisions how it was"
        )
        self.replaced_by = replaced_by


class RevisionNotFound(CorpusError):
    """The article has no such earlier version."""


class JobNotFound(CorpusError):
    """No job has this id."""


class HomeInUse(CorpusError):
    """Another process has the database open."""


class BackupFailed(CorpusError):
    """A backup that cannot be made."""


class BackupUnusable(CorpusError):
    """A file that is no sound backup, or one of a later version."""


class ExportFailed(CorpusError):
    """A file that the articles cannot be written into."""
