// A client generated from /openapi.json: it compiles only while the contract says what this file expects of it, and talks.

import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

const [url, token, conversationId, messageId] = process.argv.slice(2) as [string, string, string, string];
const { GET, POST, DELETE } = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });

function done<T>(answer: { data?: T; error?: components["schemas"]["Problem"] }): T {
  if (answer.data === undefined) throw new Error(answer.error?.detail ?? "no answer");
  return answer.data;
}

const path = { conversation_id: conversationId };
const started = done(
  await POST("/api/conversations", {
    body: { conversation_id: conversationId, kind: "group", participant_ids: ["bob", "a/b"], title: "Lectures" },
  }),
);
const owner: "owner" | "member" | undefined = started.conversation.participants[0]?.role;
const { message } = done(
  await POST("/api/conversations/{conversation_id}/messages", {
    params: { path },
    body: { message_id: messageId, body: "Bonjour" },
  }),
);
const { messages, next } = done(
  await GET("/api/conversations/{conversation_id}/messages", { params: { path, query: { after: 0, limit: 10 } } }),
);
const { total } = done(await GET("/api/unread"));
done(
  await DELETE("/api/conversations/{conversation_id}/participants/{user_id}", {
    params: { path: { ...path, user_id: "a/b" } },
  }),
);
const refused = await POST("/api/conversations/{conversation_id}/read", { params: { path }, body: { number: 99 } });

// @ts-expect-error a message needs a body
void (() => POST("/api/conversations/{conversation_id}/messages", { params: { path }, body: { message_id: messageId } }));
// @ts-expect-error there is no such kind
const wrong: components["schemas"]["Summary"]["kind"] = "crowd";
void wrong;

console.log(JSON.stringify({ owner, number: message.number, bodies: messages.map((one) => one.body), next, total, refused: refused.error?.code }));
