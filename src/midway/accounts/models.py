"""People who sign in and the tokens of programs."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Role(models.TextChoices):
    """What somebody is to the company; `accounts.access` says what each may do."""

    OWNER = "owner", "Owner"
    DISPATCHER = "dispatcher", "Dispatcher"
    CLEANER = "cleaner", "Cleaner"
    CUSTOMER = "customer", "Customer"
    SUPPORT = "support", "Support"


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Will make a user; without a password they can only sign in by link."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """Somebody who can sign in, known by their e-mail address."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=Role.choices)
    language = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_office(self) -> bool:
        """Whether the person works in the office."""
        return self.is_active and self.role in {Role.OWNER, Role.DISPATCHER, Role.SUPPORT}


class ApiToken(models.Model):
    """The right of a program to act for the office, kept only as a digest."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    def revoke(self, *, at: datetime) -> None:
        """Will end the token; it stays listed."""
        self.revoked_at = at


class SignInLink(models.Model):
    """A key sent to an e-mail address, kept only as a digest: whoever has it reads that address's mail. Used once."""

    email = models.EmailField(max_length=254)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="sign_in_link_email_is_lower_case")
        ]
        indexes = [models.Index(fields=["email", "-created_at"], name="sign_in_links_by_email")]

    def __str__(self) -> str:
        return f"for {self.email} until {self.expires_at}"
