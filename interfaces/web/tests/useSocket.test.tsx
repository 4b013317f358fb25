import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, test } from "vitest";
import { useSocket, type ChatSocket } from "../src/useSocket";
import { CHAT, conversation, Fake, message, somebody, summary, until } from "./fake";

/** An app of somebody else's, on the hook alone. */
async function app(fake: Fake, userId = somebody()): Promise<{ chat: () => ChatSocket; told: string[] }> {
  const told: string[] = [];
  let latest: ChatSocket | undefined;
  function App() {
    const chat = useSocket(userId, { url: fake.url, getToken: () => "token" });
    const { joinConversation, leaveConversation } = chat;
    useEffect(() => {
      void joinConversation(CHAT).then((room) => told.push(`joined at ${room?.messages.at(-1)?.number}`));
      return () => leaveConversation(CHAT);
    }, [joinConversation, leaveConversation]);
    const [heard, setHeard] = useState(0);
    const { onNewMessage, onConversationUpdated, onNewConversation, onMessagesRead } = chat;
    useEffect(() => {
      const stops = [
        onNewMessage(({ message }) => {
          told.push(`message ${message.number}`);
          setHeard((count) => count + 1);
        }),
        onConversationUpdated(({ conversation }) => told.push(`updated to ${conversation.last_number}`)),
        onNewConversation(({ conversation }) => told.push(`new ${conversation.title}`)),
        onMessagesRead(({ user_id, read_number }) => told.push(`${user_id} read ${read_number}`)),
      ];
      return () => stops.forEach((stop) => stop());
    }, [onNewMessage, onConversationUpdated, onNewConversation, onMessagesRead]);
    latest = chat;
    return <p>{heard}</p>;
  }
  const root = createRoot(document.createElement("div"));
  onTestFinished(() => root.unmount());
  root.render(<StrictMode children={<App />} />);
  await until(() => expect(latest?.isConnected).toBe(true));
  return { chat: () => latest!, told };
}

test("an app hears what happens, and what it missed, once and in order", async () => {
  const fake = await Fake.start();
  const { told } = await app(fake);
  await until(() => expect(fake.named("join_conversation").length).toBeGreaterThan(0));
  await until(() => expect(told).toContain("joined at 1"));
  told.splice(0);
  fake.push("new_message", { conversation_id: CHAT, message: message(2, { position: 11 }) });
  fake.push("conversation_updated", { conversation: summary({ last_number: 2, position: 11 }) });
  await until(() => expect(told).toEqual(["message 2", "bob read 2", "updated to 2"]));
  fake.answers.join_conversation = () => ({
    conversation: conversation({ last_number: 3, position: 12 }),
    messages: [message(2, { position: 11 }), message(3, { position: 12 })],
    cursor: "12",
    has_more: false,
  });
  fake.hangUp();
  await until(() => expect(told).toContain("message 3"));
  expect(told.filter((one) => one.startsWith("message"))).toEqual(["message 2", "message 3"]);
  fake.push("new_conversation", { conversation: summary({ conversation_id: "other", title: "Other", position: 13 }) });
  await until(() => expect(told).toContain("new Other"));
});

test("what an app sends is answered with the message, or with the refusal", async () => {
  const fake = await Fake.start();
  fake.answers.send_message = ({ payload: { message_id = "", body = "" } }) =>
    body === "bad"
      ? { code: "invalid_payload", message: "body: bad" }
      : { message: message(2, { message_id, body, sender_id: "alice" }), position: 11 };
  const { chat } = await app(fake);
  const [good, bad] = [chat().sendMessage(CHAT, "good"), chat().sendMessage(CHAT, "bad")];
  expect(await good).toMatchObject({ body: "good", number: 2 });
  await expect(bad).rejects.toMatchObject({ code: "invalid_payload" });
});

test("several components of a person share one connection, which ends with the last", async () => {
  const fake = await Fake.start();
  const userId = somebody();
  const [one, other] = [await app(fake, userId), await app(fake, userId)];
  expect(one.chat().socket).toBe(other.chat().socket);
  one.chat().markAsRead(CHAT);
  await until(() => expect(fake.named("mark_as_read")).toEqual([{ conversation_id: CHAT, number: 1 }]));
  expect(fake.named("sync")).toHaveLength(1);
});
