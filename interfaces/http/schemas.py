"""The pydantic models as JSON Schemas, for the published contract."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from interfaces.http.readings import Reading
from interfaces.requests import Request
from interfaces.shapes import Shape

Schema = dict[str, Any]

REF = "#/components/schemas/"


def payload(request: Request | Reading, without: Iterable[str] = ()) -> Schema:
    """What a request brings; never `actor`, who is the token's user."""
    schema: Schema = _plain(request.payload.model_json_schema(ref_template=REF + "{model}"))
    assert "$defs" not in schema, "a payload is flat"
    left_out = {"actor", *without}
    schema["properties"] = {name: one for name, one in schema["properties"].items() if name not in left_out}
    schema["required"] = [name for name in schema.get("required", ()) if name not in left_out]
    if not schema["required"]:
        del schema["required"]
    return schema


def answers(shapes: Iterable[type[Shape]]) -> dict[str, Schema]:
    """The shapes of what goes out, and all that they are made of, by name.

    Open ones: a client ignores fields that it does not know, so that a later version may add some.
    """
    named = sorted(set(shapes), key=lambda shape: shape.__name__)
    _, schemas = models_json_schema([(shape, "validation") for shape in named], ref_template=REF + "{model}")
    found: dict[str, Schema] = {}
    for name, schema in schemas["$defs"].items():
        found[name] = _plain(schema)
        found[name].pop("additionalProperties", None)
    return found


def ref(shape: type[BaseModel]) -> Schema:
    return {"$ref": REF + shape.__name__}


def _plain(schema: Any) -> Any:
    """Without pydantic's titles, which repeat the names, and without `null` for what may be left out."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _plain(one) for name, one in value.items()} if key == "properties" else _plain(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }


def sentence(model: type[BaseModel]) -> str:
    """What a model's docstring says, on one line."""
    own = model.__dict__.get("__doc__") or ""
    return " ".join(own.split())
