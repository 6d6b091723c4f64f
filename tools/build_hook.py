"""What building the wheel needs beyond copying: compiled translations, and the dependencies as people write them."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


class CompiledTranslations(BuildHookInterface[Any]):
    """Puts each language's compiled catalogue beside its parts before files are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Will compile the catalogues."""
        root = Path(self.root)
        tool = runpy.run_path(str(root / "tools" / "translations.py"))
        locale = root / "src" / "midway" / "locale"
        if locale.exists():
            tool["compile_stale"](locale)


class DependenciesFromRequirements(MetadataHookInterface):
    """The wheel asks for what requirements/runtime.in says; the lock beside it is what we test with."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Will set the dependencies."""
        lines = (Path(self.root) / "requirements" / "runtime.in").read_text().splitlines()
        metadata["dependencies"] = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
