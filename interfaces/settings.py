"""Every setting, each with its LITSPARK_… variable; an empty one counts as not set."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from interfaces.addresses import Network, network

KIB = 1024
MIB = 1024 * KIB

DEV_ORIGINS = ("http://localhost:5173", "http://localhost:3000")


class NoKey(Exception):
    """The settings name no key, or none that can make tokens."""


class Settings(BaseSettings):
    """Times are in seconds, sizes in bytes; 0 means no limit where it says so."""

    model_config = SettingsConfigDict(env_prefix="LITSPARK_", env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(Path(".litspark"), description="where the server keeps its own PostgreSQL and its secret")
    database_url: str | None = Field(None, description="a PostgreSQL of yours, 15 to 18, instead of its own")
    host: str = Field("127.0.0.1", description="the address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="the port to listen on; 0 takes a free one")
    dev: bool = Field(False, description="a sign-in by name, a secret of its own, the origins of local front ends")
    sign_in_ttl: float = Field(30 * 24 * 3600, gt=0, description="how long a token of the sign-in by name is good")
    web_waits: dict[str, float] = Field(
        {}, description="waits of the web client other than the usual ones, by name, as JSON; for tests"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field((), description="foreign origins let in, by commas")
    trusted_proxies: Annotated[tuple[Annotated[Network, BeforeValidator(network)], ...], NoDecode] = Field(
        (), description="addresses and networks of peers whose X-Forwarded-For is believed, by commas"
    )

    jwt_secret: SecretStr | None = Field(None, description="the key of HS256 tokens; best 32 bytes or more")
    jwks_url: str | None = Field(None, description="where others publish the keys of their tokens, instead of a secret")
    jwks_file: Path | None = Field(None, description="the same as a file; it may be replaced while the server runs")
    jwt_audience: str | None = Field(None, description="the `aud` that a token must have")
    jwt_issuer: str | None = Field(None, description="the `iss` that a token must have")
    jwks_pause: float = Field(60, gt=0, description="for a key that is not known, keys are read anew at most so often")
    jwks_refresh: float = Field(600, gt=0, description="how often keys are read anew anyway, and withdrawn ones go")
    jwks_patience: float = Field(5, gt=0, description="how long the server that publishes the keys may take")

    ledger: bool = Field(
        True, description="whether this process keeps the ledger; of several on one database, one is enough"
    )
    ledger_key: SecretStr | None = Field(
        None, description="what signs the ledger: a private Ed25519 key, PKCS#8, as PEM or its base64 alone"
    )
    ledger_every: float = Field(10, gt=0, description="how often the ledger is signed, where there is news")
    ledger_rest: float = Field(1, ge=0, description="how long the ledger lets events gather")
    ledger_file: Path | None = Field(None, description="where what was signed is appended, as JSON Lines")
    ledger_url: str | None = Field(None, description="where what was signed is posted, as JSON Lines")
    verify_every: float = Field(
        24 * 3600, ge=0, description="how often the server verifies its log; 0: only when it is asked to"
    )
    ledger_patience: float = Field(5, gt=0, description="how long that address may take")

    commands_per_second: float = Field(20, ge=0, description="requests a user, on average; 0: no limit")
    command_burst: int = Field(40, ge=1, description="requests a user, at once")
    sockets_per_user: int = Field(20, ge=0, description="0: no limit")
    rooms_per_socket: int = Field(100, ge=0, description="conversations a socket may watch; 0: no limit")
    connects_per_second: float = Field(
        50, ge=0, description="a network address; 0: no limit, nor a wait where it breaks the protocol all the time"
    )
    failed_tokens_per_minute: float = Field(60, ge=0, description="a network address; 0: no limit")
    authenticate_within: float = Field(10, gt=0, description="then a socket without a user is disconnected")
    request_patience: float = Field(30, gt=0, description="how long an HTTP request may take to arrive")
    under_way: int = Field(256, ge=1, description="requests of a socket; it isn't read while there are more")
    max_request: int = Field(256 * KIB, gt=0, description="a frame or an HTTP body; above it: too_large")
    max_frame: int = Field(1 * MIB, gt=0, description="from here on the connection is closed")
    max_unsent: int = Field(1 * MIB, gt=0, description="a socket that is so far behind is disconnected")
    max_batch: int = Field(256 * KIB, gt=0, description="what is pushed to a socket at once")

    ping_interval: float = Field(25, gt=0, description="how often a socket is asked whether it is still there")
    ping_timeout: float = Field(20, gt=0, description="how long its answer may take")
    poll: float = Field(1, gt=0, description="how often the log is looked at when no hint comes")
    patience: float = Field(
        2, gt=0, description="how long a read waits for the read models, a command for the database"
    )
    database_patience: float = Field(
        10, gt=0, description="how long the database may take over one answer; then it counts as away"
    )
    start_patience: float = Field(60, ge=0, description="how long a server that starts waits for its database")
    max_wait: float = Field(
        1, gt=0, description="messages are refused while they would wait longer than that to be delivered"
    )
    projector_pause: float = Field(
        10, gt=0, description="how long a process that hangs in the middle of a batch keeps the others from projecting"
    )
    keep_replaced: float = Field(60, ge=0, description="how long the rows stay that a rebuild has replaced")
    drain: float = Field(8, gt=0, description="how long a server that is told to stop finishes what it took on")
    analytics_database_url: str | None = Field(
        None,
        description="where analysts sign in: as `litspark_analyst`, best on a read replica; unless set, on the chat's "
        "database, without a password",
    )
    analytics_connections: int = Field(2, ge=1, description="queries of analysts at once")
    analytics_timeout: float = Field(30, gt=0, description="how long a query of an analyst may take")
    analytics_rest: float = Field(1, ge=0, description="how long the analytics rest after each batch of events")
    database_connections: int = Field(10, ge=2, description="for reading; writing and projecting have their own")

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _by_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url", "analytics_database_url")
    @classmethod
    def _of_postgres(cls, value: str | None) -> str | None:
        try:
            conninfo_to_dict(value or "")
        except ProgrammingError:  # which would repeat the password
            raise ValueError("no URL of a PostgreSQL, like postgresql://user:password@host/name") from None
        return value

    @field_validator("jwt_secret")
    @classmethod
    def _no_public_key(cls, value: SecretStr | None) -> SecretStr | None:
        text = value.get_secret_value() if value else ""
        if "-----BEGIN " in text or text.startswith(("ssh-", "ecdsa-")):  # which joserfc takes for no secret
            raise ValueError("a public key is no secret: LITSPARK_JWKS_FILE takes a set of them")
        return value

    @field_validator("jwks_url", "jwks_file")
    @classmethod
    def _alone(cls, value: Any, info: ValidationInfo) -> Any:
        """Tokens are judged by one thing. What was given and is no good is not among `info.data`."""
        others = [name for name in ("jwt_secret", "jwks_url") if name != info.field_name]
        given = [f"LITSPARK_{name.upper()}" for name in others if info.data.get(name, ...) is not None]
        if value and given:
            raise ValueError(f"contradicts {' and '.join(given)}: tokens are judged by one of them")
        return value

    @field_validator("ledger_key")
    @classmethod
    def _signs(cls, value: SecretStr | None) -> SecretStr | None:
        from interfaces.ledger.keys import SigningKey  # here, for hardly anybody needs it

        if value:
            SigningKey.parse(value.get_secret_value())
        return value

    @field_validator("ledger_file")
    @classmethod
    def _in_a_folder(cls, value: Path | None) -> Path | None:
        if value and (value.is_dir() or not value.parent.is_dir()):
            raise ValueError(f"{value}: {'a folder' if value.is_dir() else 'no such folder'}")
        return value

    @field_validator("jwks_url", "ledger_url")
    @classmethod
    def _of_the_web(cls, value: str | None) -> str | None:
        try:
            parts = urlsplit(value or "http://x")
            good = parts.scheme in ("https", "http") and parts.hostname and parts.username is None and parts.port != 0
        except ValueError:
            good = False
        if not good:
            raise ValueError("no address like https://sign-in.example/keys")
        return value

    @field_validator("jwks_file")
    @classmethod
    def _a_key_set(cls, value: Path | None) -> Path | None:
        from interfaces.keys import BadKeySet, KeySet, on_disk  # here, for hardly anybody needs it

        try:
            if value:
                KeySet.parse(on_disk(value))
        except BadKeySet as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("max_frame")
    @classmethod
    def _above_a_request(cls, value: int, info: ValidationInfo) -> int:
        if value <= info.data.get("max_request", 0):
            raise ValueError("contradicts LITSPARK_MAX_REQUEST, which has to be less")
        return value

    @field_validator("jwks_refresh")
    @classmethod
    def _after_the_pause(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("jwks_pause", 0):
            raise ValueError("contradicts LITSPARK_JWKS_PAUSE, which must not be more")
        return value

    @property
    def keys_of_others(self) -> str | None:
        """The variable that says whose tokens are believed, where they are made elsewhere."""
        if self.jwks_url:
            return "LITSPARK_JWKS_URL"
        return "LITSPARK_JWKS_FILE" if self.jwks_file else None

    @property
    def signs_in(self) -> bool:
        """Whether there is a sign-in by name, which makes tokens."""
        return self.dev and self.keys_of_others is None

    @property
    def origins(self) -> frozenset[str]:
        """The foreign origins that are let in."""
        return frozenset(self.cors_origins) | (frozenset(DEV_ORIGINS) if self.dev else frozenset())
