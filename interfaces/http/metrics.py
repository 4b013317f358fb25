"""What is counted and measured, in a registry of the server's own: a process may run several servers."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from interfaces.http.lag import Lag
from interfaces.ledger.keeper import Keeper

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """`registry` is where other doors add their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "litspark_http_requests", "HTTP requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "litspark_http_request_seconds", "Time to answer an HTTP request", ["route"], registry=self.registry
        )
        self._rejected = Counter(
            "litspark_rejected", "Requests refused, by the protocol's code", ["door", "code"], registry=self.registry
        )
        self._database = self._gauge("litspark_database_up", "Whether the database answers")
        self._end = self._gauge("litspark_log_position", "The log's last position")
        self._position = self._gauge("litspark_projection_position", "How far a projection has come", "projection")
        self._events = self._gauge("litspark_projection_behind_events", "Events not projected yet", "projection")
        self._behind = self._gauge(
            "litspark_projection_behind_seconds", "Age of the first event not projected yet", "projection"
        )
        self._stuck = self._gauge("litspark_projection_stuck", "Whether a projection stands still", "projection")

        self._signed = self._gauge("litspark_ledger_signed_position", "Up to where the ledger is signed")
        self._unsigned = self._gauge("litspark_ledger_unsigned", "Whether the ledger refuses to sign what it holds")
        self._taken = self._gauge("litspark_ledger_taken_position", "Up to where checkpoints are outside", "outlet")
        self._refused = self._gauge("litspark_ledger_refused", "Attempts to give checkpoints that failed", "outlet")

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def rejected(self, door: str, code: str) -> None:
        """A refusal; `door` is what it was asked through, `http` or `socketio`."""
        self._rejected.labels(door, code).inc()

    def measured(self, lags: list[Lag] | None) -> None:
        """How far the projections are behind; `None` where the database does not answer."""
        self._database.set(lags is not None)
        for lag in lags or ():
            self._end.set(lag.position + lag.behind)
            self._position.labels(lag.projection).set(lag.position)
            self._events.labels(lag.projection).set(lag.behind)
            self._behind.labels(lag.projection).set(lag.behind_seconds)
            self._stuck.labels(lag.projection).set(lag.failure is not None)

    def kept(self, keeper: Keeper | None) -> None:
        """What has become of the ledger's checkpoints, where this process signs them or gives them out."""
        if keeper and keeper.signer:
            self._signed.set(keeper.signer.last.size if keeper.signer.last else 0)
            self._unsigned.set(keeper.signer.failure is not None)
        for delivery in keeper.deliveries if keeper else ():
            self._taken.labels(delivery.outlet.name).set(delivery.taken)
            self._refused.labels(delivery.outlet.name).set(delivery.failures)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)
