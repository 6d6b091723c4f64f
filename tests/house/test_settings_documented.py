import ast
import inspect
from pathlib import Path

import pytest

from midway.accounts.models import Role
from midway.config import environment

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def names_read() -> set[str]:
    """Every name the environment is asked for, as it stands in the code."""
    tree = ast.parse(inspect.getsource(environment))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if text.isupper() and ("_" in text) and text.replace("_", "").isalnum()}


def test_names_are_found() -> None:
    assert {"DATABASE_URL", "MIDWAY_SECRET_KEY", "MIDWAY_TRUSTED_PROXIES"} <= names_read()


@pytest.mark.skipif(not PAGE.exists(), reason="docs/settings.md is not written yet")
def test_every_setting_is_documented() -> None:
    page = PAGE.read_text()
    assert sorted(name for name in names_read() if f"`{name}`" not in page) == []


def test_roles_in_settings_are_the_roles_there_are() -> None:
    assert set(environment.ROLES) == set(Role.values)
