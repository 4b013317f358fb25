// The page: both documents, read from this server, one entry for each request, push and schema.

const main = document.getElementById("main");
const contents = document.getElementById("contents");

function section(title, id, about, entries) {
  main.append(make("h2", { id }, title), make("p", { class: "soft" }, ...words(about)), ...entries.map((one) => one.element));
  const links = entries.map((one) => make("li", {}, make("a", { href: `#${one.element.id}` }, one.name)));
  contents.append(make("p", {}, make("a", { href: `#${id}` }, title)), make("ul", {}, ...links));
}

function entry(id, name, tag, what, ...parts) {
  const about = make("span", { class: "what" }, ...words(what));
  const title = make("summary", {}, make("span", { class: "tag" }, tag), make("code", {}, name), about);
  return { name, element: make("details", { class: "entry", id }, title, make("div", {}, ...parts)) };
}

function http(contract) {
  const entries = Object.entries(contract.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => call(contract, method.toUpperCase(), path, operation)));
  section("HTTP", "http", contract.info.summary, entries);
}

function call(contract, method, path, operation) {
  const rows = (operation.parameters || []).map((one) => row(one.name, one.schema, one.required, "http"));
  const body = operation.requestBody?.content["application/json"];
  const shown = entry(`http-${operation.operationId}`, path, method, operation.summary,
    rows.length ? make("h3", {}, "Parameters") : null, rows.length ? table(["name", "type", ""], rows) : null,
    body ? make("h3", {}, "Body") : null, body ? fields(body.schema, "http") : null,
    make("h3", {}, "Answers"), ...Object.entries(operation.responses).map(([status, one]) => response(contract, status, one)),
    trying(method, path, operation));
  return { ...shown, name: operation.operationId };
}

function response(contract, status, told) {
  const answer = told.$ref ? found(contract, told.$ref) : told;
  const [kind, body] = Object.entries(answer.content)[0];
  const examples = body.examples ? Object.values(body.examples).map((one) => one.value) : body.example !== undefined ? [body.example] : [];
  const title = make("summary", {}, make("code", {}, status), " ", ...words(answer.description), " ", make("span", { class: "soft" }, kind, " · ", type(body.schema, "http")));
  return make("details", {}, title, ...examples.map(json));
}

function socketio(contract) {
  const { messages } = contract.components;
  const operations = Object.entries(contract.operations);
  const asked = operations.filter(([, one]) => one.action === "receive").map(([name, one]) => {
    const ack = messages[`${name}.ack`];
    return entry(`socketio-${name}`, name, "asks", messages[name].summary || "", one.description ? make("p", {}, ...words(one.description)) : null,
      make("h3", {}, "Payload"), fields(messages[name].payload, "socketio"), ...messages[name].examples.map((shown) => json(shown.payload)),
      make("h3", {}, "Ack"), make("p", {}, type(ack.payload.oneOf[0].allOf[1], "socketio"), " with ", make("code", {}, "ok: true"), ", or an error"),
      ...ack.examples.map((shown) => json(shown.payload)));
  });
  const pushed = operations.filter(([, one]) => one.action === "send").map(([, one]) => {
    const name = named(one.messages[0].$ref);
    const schema = found(contract, messages[name].payload.$ref);
    return entry(`socketio-push-${name}`, name, "pushes", messages[name].summary || "", fields(schema, "socketio"),
      ...messages[name].examples.map((shown) => json(shown.payload)));
  });
  section("Socket.IO: what a client asks", "socketio", contract.info.description, asked);
  section("Socket.IO: what the server pushes", "pushes", "Of its own accord, only after what it says can be read.", pushed);
}

function schemas(contract, kind, title) {
  const entries = Object.entries(contract.components.schemas).map(([name, schema]) =>
    entry(`${kind}-schema-${name}`, name, "schema", schema.description || "", fields(schema, kind), ...(schema.examples || []).map(json)));
  section(title, `${kind}-schemas`, "What answers and pushes are made of. Clients ignore fields that they do not know.", entries);
}

/** Whoever follows a link to an entry wants to see what is in it. */
function reveal() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.tagName === "DETAILS") target.open = true;
  target.scrollIntoView();
}

async function read(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

Promise.all([read("/openapi.json"), read("/asyncapi.json")])
  .then(([openapi, asyncapi]) => {
    http(openapi);
    socketio(asyncapi);
    schemas(openapi, "http", "Schemas of HTTP");
    schemas(asyncapi, "socketio", "Schemas of Socket.IO");
    document.getElementById("loading").remove();
    addEventListener("hashchange", reveal);
    reveal();
  })
  .catch((failure) => {
    document.getElementById("loading").textContent = `The contract can't be read: ${failure.message}`;
  });
