"use strict";
// Schemas as tables. Everything is put on the page as text: what a document says is never taken for HTML.

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const json = (value) => make("pre", { tabindex: "0" }, make("code", {}, JSON.stringify(value, null, 2)));
/** A text in which `words` like these are code. */
const words = (text) => text.split("`").map((part, n) => (n % 2 ? make("code", {}, part) : part));
const named = (reference) => reference.split("/").pop();
const found = (contract, reference) => reference.slice(2).split("/").reduce((at, step) => at[step], contract);

/** What kind of value a schema asks for, in a few words; `kind` is the document that its references are of. */
function type(schema, kind) {
  if (!schema) return "anything";
  if (schema.$ref) return make("a", { href: `#${kind}-schema-${named(schema.$ref)}` }, named(schema.$ref));
  const several = schema.anyOf || schema.oneOf || schema.allOf;
  if (several) return joined(several.map((one) => type(one, kind)), schema.allOf ? " and " : " or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(", ");
  if (schema.type === "array") return joined(["list of ", type(schema.items, kind)], "");
  if (schema.type === "object" && schema.additionalProperties)
    return joined(["object of ", type(schema.additionalProperties, kind)], "");
  return schema.format === "uuid" ? "UUID" : schema.type || "anything";
}

function joined(parts, between) {
  const all = document.createElement("span");
  parts.forEach((part, n) => all.append(...(n && between ? [between, part] : [part])));
  return all;
}

function limits(schema) {
  const words = { minLength: "at least", maxLength: "at most", minimum: "from", maximum: "up to", minItems: "at least" };
  return Object.entries(words)
    .filter(([key]) => schema[key] !== undefined)
    .map(([key, word]) => `${word} ${schema[key]}${key.endsWith("Length") ? " characters" : ""}`)
    .join(", ");
}

/** The fields of an object, one a row. */
function fields(schema, kind) {
  const rows = Object.entries(schema.properties || {}).map(([name, one]) =>
    row(name, one, (schema.required || []).includes(name), kind));
  return rows.length ? table(["field", "type", ""], rows) : make("p", { class: "soft" }, "No fields.");
}

function row(name, schema, required, kind) {
  const remarks = [required ? "" : "may be left out", schema.description || "", limits(schema)].filter(Boolean).join("; ");
  return make("tr", {}, make("td", {}, make("code", {}, name)), make("td", {}, type(schema, kind)), make("td", {}, remarks));
}

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((one) => make("th", { scope: "col" }, one)));
  return make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}
