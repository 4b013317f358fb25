"""What is counted and measured, in a registry of the server's own: a process may run several servers."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from interfaces.http.lag import Lag
from interfaces.ledger.keeper import Keeper

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
EVENTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
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
        self._not_taken = self._gauge("litspark_ledger_not_taken", "Whether checkpoints fail to get outside", "outlet")
        self._batch_events = self._histogram("projection_batch_events", "Events in a batch", EVENTS, "projection")
        self._batch_seconds = self._histogram(
            "projection_batch_seconds", "Time to project a batch", SECONDS, "projection"
        )
        self._append_events = self._histogram("append_events", "Events in an append", EVENTS)
        self._append_seconds = self._histogram("append_seconds", "Time to append to the log", SECONDS)
        self._push_events = self._histogram("push_events", "Events in a batch of pushes", EVENTS)
        self._push_seconds = self._histogram("push_seconds", "Time to push a batch", SECONDS)
        self._push_age = self._histogram(
            "push_age_seconds", "From the record of the first event of a batch to its push", SECONDS
        )
        self._still = self._gauge("litspark_pushes_stuck", "Whether pushes stand still")
        self._sockets = self._gauge("litspark_sockets", "Sockets connected", "transport")

    def _histogram(self, name: str, what: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(f"litspark_{name}", what, labels, buckets=buckets, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(name, what, labels, registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def rejected(self, door: str, code: str) -> None:
        """A refusal; `door` is what it was asked through, `http` or `socketio`."""
        self._rejected.labels(door, code).inc()

    def projected(self, projection: str) -> Callable[[int, float], None]:
        """What hears of a projection's batches."""
        events, seconds = self._batch_events.labels(projection), self._batch_seconds.labels(projection)

        def observe(count: int, took: float) -> None:
            events.observe(count)
            seconds.observe(took)

        return observe

    def appended(self, events: int, seconds: float) -> None:
        self._append_events.observe(events)
        self._append_seconds.observe(seconds)

    def pushed(self, events: int, seconds: float, age: float) -> None:
        self._push_events.observe(events)
        self._push_seconds.observe(seconds)
        self._push_age.observe(max(age, 0.0))  # the database's clock may be ahead of ours

    def count_sockets(self, transports: Callable[[], Mapping[str, int]]) -> None:
        """From here on it is asked, each time somebody looks, how many sockets there are of each transport."""

        def count(transport: str) -> float:
            return transports().get(transport, 0)

        for transport in ("websocket", "polling"):
            self._sockets.labels(transport).set_function(partial(count, transport))

    def stands_still(self, failure: str | None) -> None:
        """Why nothing is pushed, if so."""
        self._still.set(failure is not None)

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
            self._not_taken.labels(delivery.outlet.name).set(delivery.failure is not None)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self.registry)
