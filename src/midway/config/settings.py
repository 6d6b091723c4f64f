"""Django's settings, from the environment alone."""
# ruff: noqa: F401 - CONTENT_SECURITY_POLICY is a setting, and lean works by being there

from pathlib import Path
from typing import Any

from midway.config import lean
from midway.config.environment import database_options, database_parameters, pool_options, read_environment
from midway.config.logs import set_up_logging
from midway.config.mail import mail_settings
from midway.config.redis_address import cache_at
from midway.config.security import CONTENT_SECURITY_POLICY
from midway.config.sentry import set_up_sentry
from midway.config.upkeep import read_upkeep_settings
from midway.runtime.metrics import share_between_workers
from midway.runtime.traces import set_up_traces

ENVIRONMENT = read_environment()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENVIRONMENT.secret_key or "not-secret-only-for-commands-that-serve-nobody"
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
ROOT_URLCONF = "midway.config.urls"
WSGI_APPLICATION = "midway.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PUBLIC_URL = ENVIRONMENT.public_url or "http://127.0.0.1:8000"
IS_HTTPS = PUBLIC_URL.startswith("https://")
REDIS_URL = ENVIRONMENT.redis_url
RATE_LIMITS = ENVIRONMENT.rate_limits
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
METRICS_TOKEN = ENVIRONMENT.metrics_token
TWO_FACTOR_ROLES = ENVIRONMENT.two_factor_roles
UPKEEP = read_upkeep_settings()

share_between_workers(ENVIRONMENT.data, ENVIRONMENT.web_workers)
set_up_sentry(ENVIRONMENT.sentry_dsn, release=ENVIRONMENT.sentry_release)
set_up_traces(ENVIRONMENT.traces_url)
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = set_up_logging(ENVIRONMENT.log_level)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "midway.web.design",  # before allauth, whose templates it dresses
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "procrastinate.contrib.django",
    "midway.accounts",
    "midway.journal",
    "midway.messaging",
    "midway.customers",
    "midway.crew",
    "midway.booking",
    "midway.dispatch",
    "midway.insight",
    "midway.ops",
    "midway.web.public",
    "midway.web.office",
    "midway.web.field",
    "midway.web.ops",
    "midway.api",
]

# Outermost first. What adds a header stands before what may answer by itself, so that every answer has it.
MIDDLEWARE = [
    "midway.config.middleware.Around",
    "django.middleware.security.SecurityMiddleware",
    "midway.config.security.OnePolicy",
    "midway.config.security.PermissionsAndSize",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "midway.config.static.ServeStatic",
    "midway.config.rate_limits.RateLimits",
    "midway.config.security.CompressPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "midway.config.second_factor.SecondFactor",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "midway.web.office.place.branch_choice",
            ],
        },
    },
    {
        "NAME": "messages",  # plain text: nothing in it is escaped for HTML
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "messaging" / "templates"],
        "OPTIONS": {"autoescape": False},
    },
]

# Both binding options and the pool are needed: Django's defaults cost a factor of five.
DATABASE_URL = ENVIRONMENT.database_url or "postgresql://midway@/midway"
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "midway.runtime.careful_postgres",
        **database_parameters(DATABASE_URL),
        "OPTIONS": {
            **database_options(DATABASE_URL),
            "server_side_binding": True,
            "prepare_threshold": 3,
            "pool": pool_options(DATABASE_URL),
        },
    }
}

if ENVIRONMENT.reports_database_url:  # read by runtime.reports alone
    DATABASES["reports"] = {
        "ENGINE": "django.db.backends.postgresql",
        **database_parameters(ENVIRONMENT.reports_database_url, "MIDWAY_REPORTS_DATABASE_URL"),
        "OPTIONS": {"connect_timeout": 3},
    }

CACHES: dict[str, dict[str, Any]] = {"default": cache_at(REDIS_URL)}

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # survives the loss of Redis
# The prefix makes browsers refuse the cookie from another host or over http.
SESSION_COOKIE_NAME = "__Host-midway" if IS_HTTPS else "midway"
CSRF_COOKIE_NAME = "__Host-midway-csrf" if IS_HTTPS else "midway-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True  # scripts read the token from the page
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if ENVIRONMENT.public_url else []

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"  # links carry codes that open a visit
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MAX_BODY_BYTES = 12 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "midway.accounts.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/office/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "midway.config.sign_in.SignIn"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # signing up is closed; allauth wants them named
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the owner, who vouches for the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers on a stranger's word
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_RATE_LIMITS: Any = (
    {"login": "30/m/ip", "login_failed": "10/m/ip,5/300s/key", "reset_password": "10/m/ip,3/h/key"}
    if RATE_LIMITS
    else False
)
MFA_ADAPTER = "midway.config.sign_in.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Midway"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # browsers allow passkeys on http only for localhost

MAIL = mail_settings(ENVIRONMENT.email_url, ENVIRONMENT.mail_from, PUBLIC_URL, ENVIRONMENT.data)
vars().update(MAIL.settings)
MAIL_DRAWER: Path | None = MAIL.drawer
SMS_URL = ENVIRONMENT.sms_url
SMS_DRAWER = ENVIRONMENT.data / "sms"
LOG_FOLDER = ENVIRONMENT.data / "log"
MAIL_REPORT_TOKEN = ENVIRONMENT.mail_report_token
ROUTER_URL = ENVIRONMENT.router_url
ROADS_DATA = ENVIRONMENT.data  # where midway roads builds them
WEBHOOKS_TO_PRIVATE = ENVIRONMENT.webhooks_to_private
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [PACKAGE / "locale"]
CSRF_FAILURE_VIEW = "midway.web.design.views.csrf_failed"
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.data / "static"
# Names carry their content's hash and files lie there compressed, so that browsers may keep them for good.
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "midway.config.static.StaticFiles"},
}
WHITENOISE_MAX_AGE = 3600
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()  # before anything was collected
