"""E-mail addresses: Django's judgement, cheaper for the usual ones."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, validate_email
from django.forms import EmailField
from hypothesis import given
from hypothesis import strategies as st

from midway.accounts.addresses import PlainFirst

DJANGOS = EmailValidator()
WORDS = st.text(st.sampled_from("abzAZ019-._@[]:% éßİı語"), max_size=12)
ADDRESSES = st.builds(lambda name, host, end: f"{name}@{host}.{end}", WORDS, WORDS, WORDS) | st.text(max_size=20)


def is_taken(judge: EmailValidator, address: str) -> bool:
    try:
        judge(address)
    except ValidationError:
        return False
    return True


def test_the_shared_validator_looks_at_plain_addresses_first() -> None:
    assert isinstance(validate_email.domain_regex, PlainFirst)
    assert EmailField.default_validators == [validate_email]
    assert EmailField.default_validators[0] is validate_email


def test_a_plain_address_does_not_compile_the_long_pattern() -> None:
    class Long:
        def match(self, text: str) -> None:
            raise AssertionError(f"{text} went the long way")

    found = PlainFirst(Long()).match("mail.example.com")

    assert found is not None
    assert found.group() == "mail.example.com"


@given(ADDRESSES)
def test_both_judge_every_address_alike(address: str) -> None:
    assert is_taken(validate_email, address) == is_taken(DJANGOS, address)


def test_addresses_of_other_scripts_and_odd_ones() -> None:
    for address in ("ana@exämple.com", "ana@例え.jp", "ana@localhost", "ana@[127.0.0.1]", "ANA@EXAMPLE.COM"):
        assert is_taken(validate_email, address), address
    for address in ("ana@example", "ana@-example.com", "ana@example..com", "ana", "ana@exa_mple.com", "a@b.c\n"):
        assert not is_taken(validate_email, address), address
