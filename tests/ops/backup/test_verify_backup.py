"""Two hundred damages of every kind, each found before anything is restored; and a sound backup is never refused."""

import json
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from midway.ops.backup.catalogue import CatalogueDamaged, State
from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.drill import drill_backup
from midway.ops.backup.keys import Keys
from midway.ops.backup.listing import rebuild_catalogue
from midway.ops.backup.manifest import NAME, SIGNATURE
from midway.ops.backup.setting import Setting
from midway.ops.backup.verify import verify_backup

pytestmark = pytest.mark.xdist_group("backup")
FEW, MANY = 36, 200


def test_a_sound_backup_is_sound_here_and_elsewhere(made: tuple[Setting, MadeBackup]) -> None:
    setting, backup = made
    for off_host in (False, True):
        verdict = verify_backup(setting, backup.manifest.code, off_host=off_host)
        assert verdict.is_sound, verdict.wrong
        assert verdict.opened


def flip(path: Path, chance: random.Random) -> None:
    held = bytearray(path.read_bytes())
    held[chance.randrange(len(held))] ^= 1 << chance.randrange(8)
    path.write_bytes(held)


def truncate(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: chance.randrange(path.stat().st_size)])


def zero(path: Path, chance: random.Random) -> None:
    held = bytearray(path.read_bytes())
    start = chance.randrange(len(held))
    end = min(len(held), start + chance.randrange(1, 64))
    while not any(held[start:end]):
        start -= 1
    held[start:end] = bytes(end - start)
    path.write_bytes(held)


def swap(path: Path, chance: random.Random) -> None:
    others = sorted(other for other in path.parent.iterdir() if other != path)
    other = chance.choice(others)
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


def lose(path: Path, chance: random.Random) -> None:
    path.unlink()


def replace_by_something(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(chance.randrange(0, 5000)))


def grow(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() + chance.randbytes(chance.randrange(1, 100)))


def smuggle(path: Path, chance: random.Random) -> None:
    shutil.copy(path, path.with_name(f"{path.name}.{chance.randrange(100)}"))


def forge(path: Path, chance: random.Random) -> None:
    """The manifest is changed so that it fits a damaged file; only the signature can tell."""
    folder = path.parent
    facts = json.loads((folder / NAME).read_text())
    table = chance.choice(sorted(facts["tables"]))
    facts["tables"][table]["rows"] += 1
    (folder / NAME).write_text(json.dumps(facts, indent=1, sort_keys=True))


def wrong_key(path: Path, chance: random.Random) -> None:
    """Signed by somebody else, over the very same words."""
    stranger = Keys(path.parents[2] / "keys" / "drill.key", chance.randbytes(20).hex())
    (path.parent / SIGNATURE).write_text(stranger.sign((path.parent / NAME).read_bytes()) + "\n")


def old_file_under_new_name(path: Path, chance: random.Random) -> None:
    """One file, or all of it, is that of another sound backup."""
    other = path.parents[1] / "another"
    names = [chance.choice(sorted(one.name for one in other.iterdir()))]
    for name in names if chance.random() < 0.5 else [one.name for one in other.iterdir()]:
        shutil.copy(other / name, path.parent / name)


def missing_globals(path: Path, chance: random.Random) -> None:
    """The roles are gone, from the folder or from the manifest too."""
    (path.parent / "globals.sql.age").unlink()
    if chance.random() < 0.5:
        facts = json.loads((path.parent / NAME).read_text())
        del facts["files"]["globals.sql.age"]
        (path.parent / NAME).write_text(json.dumps(facts, indent=1, sort_keys=True))


def damage_catalogue(path: Path, chance: random.Random) -> None:
    """What is known of the backups, not they themselves."""
    file = path.parents[1] / "catalogue.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    deed = chance.randrange(4)
    if deed == 0:
        flip(file, chance)
    elif deed == 1:
        file.write_text("".join(lines[:-1]))
    elif deed == 2:
        del lines[chance.randrange(len(lines) - 1)]
        file.write_text("".join(lines))
    else:
        file.write_text(file.read_text().replace("created", "proved", 1))


KINDS: tuple[Callable[[Path, random.Random], None], ...] = (
    flip, truncate, zero, swap, lose, replace_by_something, grow, smuggle, forge, wrong_key, old_file_under_new_name,
    missing_globals, damage_catalogue,
)  # fmt: skip


@pytest.mark.parametrize("damages", [FEW, pytest.param(MANY, marks=pytest.mark.drills)])
def test_every_damage_is_found(
    workshop: tuple[Setting, MadeBackup], capsys: pytest.CaptureFixture[str], damages: int
) -> None:
    setting, backup = workshop
    sound = backup.path.with_name("sound")
    shutil.copytree(backup.path, sound)
    shutil.copytree(create_backup(setting).path, backup.path.with_name("another"))
    chance = random.Random(20261126)
    unnoticed = []
    for number in range(damages):
        kind = KINDS[number % len(KINDS)]
        victim = chance.choice(sorted(backup.path.iterdir()))
        known = {path: path.read_bytes() for path in setting.store.path.glob("catalogue.*")}
        kind(victim, chance)
        if verify_backup(setting, backup.manifest.code).is_sound:
            unnoticed.append(f"{kind.__name__} of {victim.name}")
        shutil.rmtree(backup.path)
        shutil.copytree(sound, backup.path)
        if kind is damage_catalogue:
            for path, before in known.items():
                path.write_bytes(before)
    assert unnoticed == []
    assert verify_backup(setting, backup.manifest.code).is_sound
    assert setting.catalogue.record(backup.manifest.code).state is State.DAMAGED  # until it is proved again
    with capsys.disabled():
        sys.stdout.write(f" {damages} of {damages} damages found ")


def test_a_damaged_backup_is_never_restored(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    flip(backup.path / "database.dump.age", random.Random(1))
    proof = drill_backup(setting, backup.manifest.code)
    assert not proof.passed
    assert proof.tried == []
    assert setting.catalogue.record(backup.manifest.code).state is State.DAMAGED


def test_an_old_backup_under_a_new_name_is_found(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, old = workshop
    new = create_backup(setting)
    shutil.rmtree(new.path)
    shutil.copytree(old.path, new.path)
    assert "another backup under a wrong name" in str(verify_backup(setting, new.manifest.code).wrong)


def test_a_dump_of_another_backup_is_found(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, old = workshop
    new = create_backup(setting)
    shutil.copy(old.path / "database.dump.age", new.path / "database.dump.age")
    assert not verify_backup(setting, new.manifest.code).is_sound


def test_a_manifest_of_another_key_is_found(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    stranger = Keys(setting.keys.drill_file, "another-secret-that-is-long-enough-too")
    words = (backup.path / NAME).read_bytes()
    (backup.path / SIGNATURE).write_text(stranger.sign(words))
    assert "as this Midway signed it" in str(verify_backup(setting, backup.manifest.code).wrong)


def test_the_wrong_drill_key_is_said(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    setting.keys.drill_file.unlink()
    assert "another key" in str(verify_backup(setting, backup.manifest.code).wrong)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-1],
        lambda text: "\n".join(text.splitlines()[:-1]) + "\n",
        lambda text: "",
        lambda text: text.replace("re-read", "proved!"),
        lambda text: text + text.splitlines()[-1] + "\n",
        lambda text: "\n".join(reversed(text.splitlines())) + "\n",
        lambda text: text.replace("a", "b", 1),
        lambda text: text + "nonsense\n",
    ],
)
def test_a_changed_catalogue_is_found_and_can_be_made_anew(
    workshop: tuple[Setting, MadeBackup], damage: Callable[[str], str]
) -> None:
    setting, backup = workshop
    file = setting.store.catalogue_file
    file.write_text(damage(file.read_text()))
    with pytest.raises(CatalogueDamaged):
        setting.catalogue.records()
    assert "--rebuild" in str(verify_backup(setting, backup.manifest.code).wrong)
    rebuild_catalogue(setting, tell=lambda line: None)
    assert setting.catalogue.record(backup.manifest.code).state is State.CREATED
    assert verify_backup(setting, backup.manifest.code).is_sound


def test_a_lost_catalogue_is_found(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, backup = workshop
    setting.store.catalogue_file.unlink()
    assert not verify_backup(setting, backup.manifest.code).is_sound


def test_a_line_torn_by_a_crash_is_no_damage(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, _ = workshop
    before = setting.catalogue.records()
    with setting.store.catalogue_file.open("a") as file:
        file.write('{"note": "{\\"code\\":')
    assert setting.catalogue.records() == before
    assert create_backup(setting).manifest.code in setting.catalogue.records()


@pytest.mark.parametrize("change", [bytes.upper, bytes.strip, lambda seal: b" " + seal, lambda seal: seal + b"\n"])
def test_a_signature_that_only_reads_the_same_is_damage(
    workshop: tuple[Setting, MadeBackup], change: Callable[[bytes], bytes]
) -> None:
    setting, backup = workshop
    seal = backup.path / SIGNATURE
    whole = seal.read_bytes()
    seal.write_bytes(change(whole))
    assert not verify_backup(setting, backup.manifest.code).is_sound
    seal.write_bytes(whole)
    assert verify_backup(setting, backup.manifest.code).is_sound
