"""What `midway deploy` writes: whole, once, with the right people let in, and taken up by whoever reads it."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from tests.deploy.grounds import lay_out, program, site_in

import midway.deploy
from midway.deploy.course import carry_out, foretell
from midway.deploy.deed import Stage
from midway.deploy.files_of import config_files
from midway.deploy.ground import changed_files, is_pending
from midway.deploy.machine import Machine
from midway.deploy.secrets import known_or_new_secrets
from midway.deploy.site import Site
from midway.deploy.templates import render


def files_stage(site: Site) -> list[Stage]:
    machine = Machine()
    return [Stage("Files", lambda: changed_files(machine, site, known_or_new_secrets(machine, site)))]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    assert lay_out(site) > 25
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert lay_out(site) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_dry_run_shows_what_changes_and_writes_nothing(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    lay_out(site)
    file = site.places.postgres / "conf.d" / "midway.conf"
    file.write_text(file.read_text().replace("fsync = on", "fsync = off"))
    ((title, deed),) = foretell(files_stage(site))
    assert (title, deed.says) == ("Files", f"Change {file}")
    assert "-fsync = off\n+fsync = on" in deed.diff
    assert "fsync = off" in file.read_text()


def test_secrets_are_made_once_kept_and_never_shown(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    shown = "\n".join(deed.diff for _, deed in foretell(files_stage(site)))
    lay_out(site)
    secrets = known_or_new_secrets(Machine(), site)
    assert secrets == known_or_new_secrets(Machine(), site)
    assert all(len(value) >= 40 for value in secrets.values())
    assert not [value for value in secrets.values() if value in shown]
    for name in ("secrets.env", "settings.env", "web.env", "worker.env"):
        assert stat.S_IMODE((site.places.etc / name).stat().st_mode) == 0o600


def test_the_owners_settings_are_never_written_again(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    lay_out(site)
    (site.places.etc / "settings.env").write_text('EMAIL_URL="smtp://mail.example.com"\n')
    lay_out(site)
    assert "mail.example.com" in (site.places.etc / "settings.env").read_text()


def test_what_was_there_before_is_kept_beside_it(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    site.places.postgres.mkdir(parents=True)
    (site.places.postgres / "pg_hba.conf").write_text("local all all trust\n")
    lay_out(site)
    assert (site.places.postgres / "pg_hba.conf.before-midway").read_text() == "local all all trust\n"


def test_a_service_is_noted_before_its_file_changes(tmp_path: Path) -> None:
    """A run that is killed between the file and the restart is finished by the next one."""
    site = site_in(tmp_path)
    lay_out(site)
    pending = site.places.etc / "pending"
    assert is_pending(site, "nginx")
    shutil.rmtree(pending)
    pending.mkdir(mode=0o700)
    (site.places.nginx / "midway" / "proxy.conf").unlink()
    carry_out(files_stage(site), tell=lambda line: None)
    assert {path.name for path in pending.iterdir()} == {"nginx"}


def test_every_template_is_used_and_every_word_is_known(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    secrets = known_or_new_secrets(Machine(), site)
    written = {file.text for file in config_files(site, secrets)}
    folder = Path(midway.deploy.__file__).parent / "files"
    for template in sorted(path.name for path in folder.iterdir() if path.is_file()):
        text = render(template, site.words(secrets))
        assert "{{" not in text
        assert text in written or template == "hardening.conf"


def test_an_unknown_word_is_an_error() -> None:
    with pytest.raises(KeyError, match="memory_mb"):
        render("postgresql.conf", {})


@pytest.mark.parametrize("memory_mb", [1024, 4096, 65536])
def test_memory_is_shared_out(tmp_path: Path, memory_mb: int) -> None:
    site = site_in(tmp_path, memory_mb=memory_mb)
    words = site.words(known_or_new_secrets(Machine(), site))
    taken = int(words["shared_buffers_mb"]) + int(words["redis_mb"]) + site.nodes * int(words["web_max_mb"])
    assert taken <= memory_mb * 0.9


def units_in(site: Site) -> list[Path]:
    return sorted([*site.places.systemd.glob("*.service"), *site.places.systemd.glob("*.target")])


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units as they are, with programs that exist here in their ExecStart lines."""
    site = site_in(tmp_path)
    lay_out(site)
    for unit in units_in(site):
        text = unit.read_text().replace("User=root", "User=daemon").replace("Group=root", "Group=daemon")
        for missing in (f"{site.places.current}/bin/python", f"{site.places.sbin}/midway-firewall"):
            text = text.replace(missing, "/usr/bin/true")
        unit.write_text(text)
    found = units_in(site)
    (site.places.systemd / "midway-web@1.service").symlink_to("midway-web@.service")
    (site.places.systemd / "midway-web@2.service").symlink_to("midway-web@.service")
    return found


def test_systemd_understands_every_line_of_the_units(units: list[Path]) -> None:
    """It ends well whatever it finds; only what it says tells."""
    words = [program("systemd-analyze"), "verify", "--man=no", "--generators=no"]
    for unit in units:
        real = unit.with_name("midway-web@1.service") if "@" in unit.name else unit
        said = subprocess.run([*words, real], capture_output=True, text=True, check=False)
        ours = [line for line in said.stderr.splitlines() if "midway" in line and "postgresql.service" not in line]
        assert ours == [], unit.name


def test_a_misspelt_line_is_found(units: list[Path]) -> None:
    worker = next(unit for unit in units if "worker" in unit.name)
    worker.write_text(worker.read_text().replace("NoNewPrivileges", "NoNewPriviledges"))
    said = subprocess.run(
        [program("systemd-analyze"), "verify", "--man=no", worker], capture_output=True, text=True, check=False
    )
    assert "NoNewPriviledges" in said.stderr


def test_the_units_are_closed_in(units: list[Path]) -> None:
    """systemd's own score: 0 is closed, 10 is open; what is below 2 it calls OK."""
    for unit in units:
        if unit.suffix != ".service":
            continue
        words = [program("systemd-analyze"), "security", "--offline=yes", "--no-pager", unit]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        score = float(said.stdout.rpartition("level for ")[2].split(":")[1].split()[0])
        assert score < 2.6, f"{unit.name}: {score}\n{said.stdout}"


def test_logrotate_keeps_forty_days_and_loses_no_line(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("rotating as another account takes root")
    site = site_in(tmp_path)
    lay_out(site)
    rules = tmp_path / "rules"
    rules.write_text((site.places.etc.parent / "logrotate.d" / "midway").read_text())
    rules.chmod(0o644)
    site.places.log.chmod(0o2750)
    log = site.places.log / "web.log"
    with log.open("a") as writer:  # as systemd opens it
        writer.write('{"event":"before"}\n')
        writer.flush()
        words = [program("logrotate"), "--force", "--verbose", "--state", str(tmp_path / "state"), str(rules)]
        said = subprocess.run(words, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
        assert "error:" not in said.stderr
        writer.write('{"event":"after"}\n')
        writer.flush()
    assert log.read_text() == '{"event":"after"}\n'
    assert (site.places.log / "web.log.1").read_text() == '{"event":"before"}\n'
    assert "rotate 40" in rules.read_text()


def test_the_hook_puts_a_new_certificate_where_nginx_reads_it(tmp_path: Path) -> None:
    site = site_in(tmp_path, reload_nginx=f"touch {tmp_path}/reloaded")
    lay_out(site)
    lineage = tmp_path / "live"
    lineage.mkdir()
    (lineage / "fullchain.pem").write_text("new certificate")
    (lineage / "privkey.pem").write_text("new key")
    hook = site.places.etc.parent / "letsencrypt" / "renewal-hooks" / "deploy" / "midway"
    hook.write_text(hook.read_text().replace("nginx -t -q", "true"))
    subprocess.run([str(hook)], env={**os.environ, "RENEWED_LINEAGE": str(lineage)}, check=True)
    tls = site.places.etc / "tls"
    assert (tls / "fullchain.pem").read_text() == "new certificate"
    assert stat.S_IMODE((tls / "privkey.pem").stat().st_mode) == 0o600
    assert (tmp_path / "reloaded").exists()
    hook.write_text(hook.read_text().replace("\ntrue\n", "\nfalse\n"))
    (tmp_path / "reloaded").unlink()
    failed = subprocess.run([str(hook)], env={**os.environ, "RENEWED_LINEAGE": str(lineage)}, check=False)
    assert failed.returncode != 0
    assert not (tmp_path / "reloaded").exists()  # an unsound configuration is never taken up


def test_apt_understands_what_is_to_be_upgraded(tmp_path: Path) -> None:
    site = site_in(tmp_path)
    lay_out(site)
    file = site.places.etc.parent / "apt" / "apt.conf.d" / "60midway"
    said = subprocess.run([program("apt-config"), "-c", str(file), "dump"], capture_output=True, text=True, check=True)
    assert 'Unattended-Upgrade::Automatic-Reboot "false";' in said.stdout
    assert 'APT::Periodic::Unattended-Upgrade "1";' in said.stdout
    assert 'Unattended-Upgrade::Mail "owner@example.com";' in said.stdout


def test_the_command_runs_with_the_installations_settings(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("becoming another account takes root")
    site = site_in(tmp_path)
    lay_out(site)
    command = site.places.current / "bin" / "midway"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "$1 $MIDWAY_OPS_DATABASE_URL $(id -un)"\n')
    command.chmod(0o755)
    said = subprocess.run([site.places.sbin / "midway", "status"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("status postgresql://midway_upkeep@/midway?host=")
    assert said.split()[-1] == site.accounts.midway
    plain = subprocess.run([site.places.sbin / "midway", "deploy"], capture_output=True, text=True, check=True).stdout
    assert "postgresql" not in plain  # setting up needs none of them
