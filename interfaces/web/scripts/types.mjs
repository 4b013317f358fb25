// Writes src/protocol.ts out of the server's own contracts; with --check it only says whether it is up to date.
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const TARGET = fileURLToPath(new URL("../src/protocol.ts", import.meta.url));
const PRINT = `import json
from interfaces.http.asyncapi import asyncapi
from interfaces.http.contract import openapi
print(json.dumps([asyncapi(), openapi()]))`;

const [events, http] = JSON.parse(execFileSync(`${ROOT}/.venv/bin/python`, ["-c", PRINT], { cwd: ROOT }));

const object = (properties) => ({ type: "object", required: Object.keys(properties), properties });
const last = (reference) => reference.split("/").at(-1);
const message = ({ $ref }) => events.components.messages[last($ref)];

const requests = {};
const pushes = {};
for (const { action, messages, reply } of Object.values(events.operations)) {
  const { name, payload } = message(messages[0]);
  if (action === "send") pushes[name] = payload;
  else {
    const [done] = message(reply.messages[0]).payload.oneOf;
    requests[name] = object({ payload, answer: done.allOf[1] });
  }
}

// `Error` is a word of the language already.
const renamed = (name) => (name === "Error" ? "ProtocolError" : name);
const schemas = { ...http.components.schemas, ...events.components.schemas };
const definitions = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [renamed(name), schema]));
definitions.Requests = { ...object(requests), description: "What a client sends, and what its ack holds beside `ok`." };
definitions.Pushes = { ...object(pushes), description: "What the server sends of its own accord." };
const whole = object({ requests: { $ref: "Requests" }, pushes: { $ref: "Pushes" } });

const root = JSON.parse(
  JSON.stringify({ ...whole, definitions }, (key, value) =>
    key === "$ref" ? `#/definitions/${renamed(last(value))}` : key === "default" ? undefined : value,
  ),
);
const verbose = await compile(root, "Protocol", {
  bannerComment: "/* Written by `npm run types` out of the server's /asyncapi.json and /openapi.json: not by hand. */",
  additionalProperties: false,
  unreachableDefinitions: true,
  ignoreMinAndMaxItems: true,
  style: { printWidth: 120 },
});

const text = verbose
  .replaceAll(
    /( \*\n)? \* This interface was referenced by `Protocol`'s JSON-Schema\n \* via the `definition` "\w+"\.\n/g,
    "",
  )
  .replaceAll("/**\n */\n", "");

if (!process.argv.includes("--check")) await writeFile(TARGET, text);
else if ((await readFile(TARGET, "utf8")) !== text) {
  console.error("src/protocol.ts is out of date: npm run types");
  process.exitCode = 1;
}
