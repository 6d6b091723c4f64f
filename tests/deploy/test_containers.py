"""The container files as the tools that read them see them, and what must be true of them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def checked(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [str(word) for word in words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_compose_understands_every_word() -> None:
    done = checked(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_misspelt_word_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text((DEPLOY / "compose.yaml").read_text().replace("healthcheck:", "healthchek:", 1))
    done = checked(TOOLS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", wrong)
    assert done.returncode != 0


def test_the_dockerfile_has_no_known_faults() -> None:
    done = checked(TOOLS / "hadolint", "--no-color", DEPLOY / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


def test_nothing_is_open_to_the_network(services: dict[str, Any]) -> None:
    """Ports that Docker opens pass by every firewall of the host."""
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_service_has_a_limit_an_end_and_no_way_up(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["deploy"]["resources"]["limits"].keys() >= {"memory", "pids"}, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["logging"]["options"].keys() >= {"max-size", "max-file"}, name
        assert service["restart"] in {"unless-stopped", "no"}, name
        assert "privileged" not in service
        assert ":latest" not in service["image"]
    for name in ("db", "cache", "web"):
        assert "healthcheck" in services[name]


def test_no_secret_stands_in_an_environment(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert not ("PASSWORD" in name or "SECRET" in name or "KEY" in name) or name.endswith("_FILE"), name
            assert "@" not in str(value)


def test_the_image_is_built_from_the_lock_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert text.count("pip install --require-hashes --only-binary :all: -r requirements/") == 2
    assert checked(sys.executable, ROOT / "tools" / "build_lock.py", "--check").returncode == 0
    assert "USER 10001:10001" in text
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "**"  # nothing goes in that is not named


def test_secrets_are_made_once(tmp_path: Path) -> None:
    runs = []
    for _ in range(2):
        subprocess.run([DEPLOY / "make-secrets.sh", tmp_path / "secrets"], check=True)
        runs.append({path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()})
    assert runs[0].keys() == {"midway-secret-key", "database-password", "redis-password", "redis.acl"}
    assert len(runs[0]["midway-secret-key"]) >= 40
    assert runs[1] == runs[0]


def test_the_entrypoint_turns_files_into_settings_of_one_process(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "midway-secret-key").write_text("x" * 40)
    (secrets / "database-password").write_text("word")
    script = tmp_path / "entrypoint.sh"
    script.write_text((DEPLOY / "entrypoint.sh").read_text().replace("/run/secrets", str(secrets)))
    done = subprocess.run(
        ["sh", str(script), "sh", "-c", "echo $MIDWAY_SECRET_KEY $DATABASE_URL ${DATABASE_PASSWORD:-none}"],
        env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["x" * 40, "postgresql://midway:word@db:5432/midway", "none"]
