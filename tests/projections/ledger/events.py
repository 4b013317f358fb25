"""Events as they lie in a log, made up."""

from uuid import UUID

from hypothesis import strategies as st

from application.store import Raw


def raw(position: int, state: bytes = b"{}", **changes: object) -> Raw:
    event = Raw(position, UUID(int=7).bytes, position, "timeline.message-sent", state, 1_700_000_000_000_000 + position)
    return event._replace(**changes)  # type: ignore[arg-type]


_parts = st.tuples(
    st.uuids(),
    st.integers(1, 2**63 - 1),
    st.text(max_size=20),
    st.binary(max_size=100),
    st.integers(-(2**62), 2**62),
)
logs = st.lists(_parts, max_size=40).map(
    lambda parts: [Raw(n, stream.bytes, *rest) for n, (stream, *rest) in enumerate(parts, 1)]
)
