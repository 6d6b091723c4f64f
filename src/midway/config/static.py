"""Static files: named by their content and compressed once collected, plain from the packages before that."""

from pathlib import Path

from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # WhiteNoise has no types
    """WhiteNoise's storage, which also works before `collectstatic` has run (tests, first commands).

    With a manifest it is strict: a file that is not in it is an error, not a broken link.
    """

    def stored_name(self, name: str) -> str:
        """The name with its hash, or as it is while nothing was collected."""
        return str(super().stored_name(name)) if self.hashed_files else name

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file."""
        return str(super().url(name, force)) if self.hashed_files else str(self.base_url) + str(name)


class ServeStatic(WhiteNoiseMiddleware):  # type: ignore[misc] # WhiteNoise has no types
    """WhiteNoise, at ease with a folder that is not there yet."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Will serve what is in the folder."""
        if Path(root).is_dir():
            super().add_files(root, prefix)
