// Trying an HTTP call: a form for its parameters and its body, and what came of it.

const HEX = "0123456789abcdef";
const CHOSEN = { start_conversation: "conversation_id", send_message: "message_id" };

/** A UUID of version 4; `crypto.randomUUID` is there on secure origins alone. */
function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const digits = [...bytes].map((byte) => HEX[byte >> 4] + HEX[byte & 15]).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function field(id, label, value) {
  const input = make("input", { id, autocomplete: "off", spellcheck: "false" });
  input.value = value;
  return [make("label", { for: id }, label), input];
}

/** A form that makes the call. What the example chose as an id is chosen anew: an id is used once. */
function trying(method, path, operation) {
  const id = operation.operationId;
  const form = make("form", { "aria-label": `Try ${method} ${path}` }, make("h3", {}, "Try it"));
  const inputs = (operation.parameters || []).map((one) => {
    const shown = one.in === "path" ? one.example : "";
    const [label, input] = field(`${id}-${one.name}`, `${one.name} (${one.in}${one.required ? "" : ", may be empty"})`, shown);
    input.dataset.named = one.name;
    form.append(label, input);
    return { ...one, input };
  });
  let body = null;
  if (operation.requestBody) {
    const example = { ...operation.requestBody.content["application/json"].example };
    if (CHOSEN[id]) example[CHOSEN[id]] = freshId();
    body = make("textarea", { id: `${id}-body`, spellcheck: "false" });
    body.value = JSON.stringify(example, null, 2);
    body.rows = body.value.split("\n").length + 1;
    form.append(make("label", { for: body.id }, "body (JSON)"), body);
  }
  const outcome = make("div", { role: "status" });
  form.append(make("button", { type: "submit" }, "Send"), outcome);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(method, path, inputs, body, outcome);
  });
  return form;
}

async function send(method, path, inputs, body, outcome) {
  const query = new URLSearchParams();
  const told = {};
  let url = path;
  for (const one of inputs) {
    if (one.in === "path") url = url.replace(`{${one.name}}`, encodeURIComponent(one.input.value));
    else if (one.input.value === "") continue;
    else if (one.in === "header") told[one.name] = encodeURIComponent(one.input.value); // a header holds ASCII alone
    else query.set(one.name, one.input.value);
  }
  const token = document.getElementById("token").value.trim();
  const headers = { ...told, ...(token && { Authorization: `Bearer ${token}` }), ...(body && { "Content-Type": "application/json" }) };
  outcome.replaceChildren(make("p", { class: "soft" }, "Sent…"));
  try {
    const answer = await fetch(url + (query.size ? `?${query}` : ""), { method, headers, body: body ? body.value : undefined });
    show(answer, await answer.text(), outcome);
  } catch (failure) {
    outcome.replaceChildren(make("p", { class: "wrong" }, `No answer: ${failure.message}`));
  }
}

function show(answer, text, outcome) {
  let told = text;
  try {
    told = JSON.parse(text);
  } catch {
    // plain text, like that of /metrics
  }
  const status = make("p", { class: answer.ok ? "good" : "wrong" }, `${answer.status} ${answer.statusText}`);
  outcome.replaceChildren(status, typeof told === "string" ? make("pre", { tabindex: "0" }, told) : json(told));
  const conversation = told?.conversation?.conversation_id;
  if (conversation) for (const input of document.querySelectorAll("[data-named=conversation_id]")) input.value = conversation;
}
