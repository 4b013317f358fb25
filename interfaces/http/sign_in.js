
"use strict";
const at = (id) => document.getElementById(id);
const words = document.body.dataset;
const title = at("title").textContent;
let chosen = false; // once an identifier was typed by hand, the name changes it no more

function identifier(name) {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const ascii = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return (ascii || encodeURIComponent(name.trim().toLowerCase())).slice(0, 255);
}

async function signIn(event) {
  event.preventDefault();
  const name = at("name").value.trim();
  const asked = { user_id: at("user_id").value.trim(), ...(name && { name }) };
  complain("");
  at("submit").disabled = true;
  at("said").textContent = words.working;
  try {
    const response = await fetch("/dev/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else complain(answer.detail, answer.details?.[0].field);
  } catch {
    complain(words.failed);
  } finally {
    at("submit").disabled = false;
    at("said").textContent = "";
  }
}

function complain(what, field) {
  at("problem").textContent = words[field] ?? what;
  for (const input of document.querySelectorAll("input")) {
    input.ariaInvalid = input.name === field ? "true" : null;
    if (input.name === field) input.focus();
  }
}

function show({ token, user }) {
  at("title").textContent = words.welcome.replace("{name}", () => user.name);
  at("token").textContent = token;
  at("first").textContent = `curl -H 'Authorization: Bearer ${token}' ${location.origin}/api/me`;
  at("form").hidden = true;
  at("result").hidden = false;
  at("title").focus();
}

function again() {
  at("title").textContent = title;
  at("result").hidden = true;
  at("form").hidden = false;
  at("form").reset();
  chosen = false;
  at("name").focus();
}

async function copy(button) {
  const source = at(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch { // no leave to write there: at least it is selected, ready for the keyboard
    getSelection().selectAllChildren(source);
    return;
  }
  const before = button.textContent;
  button.textContent = at("said").textContent = words.copied;
  setTimeout(() => { button.textContent = before; }, 1500);
}

at("form").addEventListener("submit", signIn);
at("another").addEventListener("click", again);
at("name").addEventListener("input", () => {
  if (!chosen) at("user_id").value = identifier(at("name").value);
});
at("user_id").addEventListener("input", () => { chosen = at("user_id").value !== ""; });
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button));
}
