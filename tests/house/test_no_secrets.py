"""No key, token or password of the living lies in the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "a private key": r"-----BEGIN (?:RSA |EC |OPENSSH |DSA |PGP )?PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/]{16}",
    "an age key": r"AGE-SECRET-KEY-1[A-Z0-9]{50,}",
    "an Amazon key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Stripe key": r"\b(?:sk|rk)_live_[A-Za-z0-9]{16,}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a Twilio account": r"\bAC(?!0{20})[0-9a-f]{32}\b",
    "a Sentry address": r"https://[0-9a-f]{32}@[\w.-]*sentry\.io",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    "a Google key": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a password in an address": r"\b(?:postgresql|redis|smtps?|amqp|mongodb)://[\w.-]+:(?!password|secret|pass|word|pw|PASSWORD|x@|\{|%|\$|TOKEN)[^@\s\"'/{}]{12,}@(?!\{)",
}  # fmt: skip
BINARY = {".png", ".ico", ".woff2", ".xlsx", ".gz", ".jpg", ".webp", ".mo"}


def files() -> list[Path]:
    told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in told.split("\0") if name and Path(name).suffix not in BINARY]


def found_in(text: str) -> list[str]:
    return [what for what, pattern in SECRETS.items() if re.search(pattern, text)]


def test_no_file_holds_a_secret() -> None:
    found = {
        str(path.relative_to(ROOT)): what
        for path in files()
        if path.is_file() and path != Path(__file__) and (what := found_in(path.read_text(errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
        "ghp_" + "a" * 36,
        "postgresql://midway:" + "Xk29fLq8wZr4@db.example.com/midway",
    ],
)
def test_a_secret_is_found(text: str) -> None:
    assert len(found_in(text)) == 1
